/** Re-checks: the draft of one with its photos, and the verdict on the firm's answer. One strict transaction each. */
import type { Picture } from '../../../capture/camera'
import { read, write, type PhotoRow, type Position } from '../../../db'
import { uuid7 } from '../../../domain/ids'
import { enqueue, saved } from '../../../sync'
import { declared, putPicture } from './drafts'
import { queueAll, type Author } from './findings'
import type { FindingView, PendingReview } from './views'

/** A re-check that is being written down; its id is the review's. */
export interface ReviewDraft {
  finding_id: string
  passed: boolean | null
  text: string
}

/** Stores the draft of a re-check. */
export function putReviewDraft(id: string, userId: string, data: ReviewDraft): Promise<void> {
  return write(['drafts'], async (tx) => {
    await tx.objectStore('drafts').put({
      id,
      user_id: userId,
      kind: 'review',
      subject_id: data.finding_id,
      updated_at: new Date().toISOString(),
      data,
    })
  })
}

/** Stores a photo of a re-check together with its draft. */
export function putReviewPhoto(
  id: string,
  userId: string,
  data: ReviewDraft,
  photo: PhotoRow,
  picture: Picture,
): Promise<void> {
  return write(['drafts', 'photos', 'blobs'], async (tx) => {
    await tx.objectStore('drafts').put({
      id,
      user_id: userId,
      kind: 'review',
      subject_id: data.finding_id,
      updated_at: photo.captured_at,
      data,
    })
    await putPicture(tx, photo.id, picture)
    await tx.objectStore('photos').put(photo)
  })
}

/** The unfinished re-check of a finding with its photos, or null. */
export async function loadReviewDraft(
  userId: string,
  findingId: string,
): Promise<{ id: string; data: ReviewDraft; photos: PhotoRow[] } | null> {
  return read(['drafts', 'photos'], async (tx) => {
    const rows = await tx.objectStore('drafts').index('by_subject').getAll(findingId)
    const row = rows.find((each) => each.kind === 'review' && each.user_id === userId)
    if (!row) return null
    const photos = (await tx.objectStore('photos').index('by_owner').getAll(findingId)).filter(
      (photo) => photo.state === 'draft' && photo.group_id === row.id,
    )
    return { id: row.id, data: row.data as ReviewDraft, photos }
  })
}

/** Writes the verdict down: review, photos and command in one transaction. */
export async function saveReview(
  draftId: string,
  finding: FindingView,
  author: Author,
  verdict: { passed: boolean; text: string; position: Position | null },
  now: number,
): Promise<void> {
  const at = new Date(now).toISOString()
  const command = uuid7()
  await write(['drafts', 'findings', 'photos', 'blobs', 'outbox', 'settings'], async (tx) => {
    const all = await tx.objectStore('photos').index('by_owner').getAll(finding.id)
    const photos = all.filter((photo) => photo.state === 'draft' && photo.group_id === draftId)
    const settled = await queueAll(tx, photos, finding.severity, command)
    const known = await tx.objectStore('findings').get(finding.id)
    if (!known) return
    const review: PendingReview = { passed: verdict.passed, at }
    const local = { ...(known.local as object | undefined), review }
    await tx.objectStore('findings').put({ ...known, unsent: 1, local, user_id: author.userId })
    await enqueue(tx, author.userId, {
      id: command,
      command: 'review_finding',
      subject_id: draftId,
      uses: [finding.id],
      at,
      title: finding.item_short_name,
      body: {
        review_id: draftId,
        finding_id: finding.id,
        passed: verdict.passed,
        text: verdict.text.trim(),
        position: verdict.position,
        reviewed_at: at,
        photos: settled.map(declared),
      },
    })
    await tx.objectStore('drafts').delete(draftId)
  })
  saved()
}

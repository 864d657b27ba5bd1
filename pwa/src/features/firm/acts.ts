/**
 * What the firm does, each in one strict transaction: the draft of an answer, its photos one by one as they are taken,
 * and the commands. A screen may say saved when the promise resolves.
 */
import { session } from '../../app/session.svelte'
import type { Picture } from '../../capture/camera'
import { read, write, type DraftRow, type PhotoRow, type Position } from '../../db'
import { uuid7 } from '../../domain/ids'
import { enqueue, saved } from '../../sync'
import type { Filed } from '../procedure/Duty.svelte'
import type { DutyStep } from '../procedure/model'
import type { Shot as HeldShot } from '../procedure/shots.svelte'
import { signingKey, type DutyBody, type ItemView, type NoticeView } from './model'

/** One after photo of a draft: the photo, and the photo of the case that it repeats. */
export interface Shot {
  photo_id: string
  view_id: string | null
}

export interface Draft {
  response_id: string
  text: string
  shots: Shot[]
}

export interface Receipt {
  name: string
  title: string
  phone: string
}

const draftId = (noticeId: string, findingId: string): string => `answer:${noticeId}:${findingId}`

function me(): string {
  const id = session.identity?.user_id
  if (id === undefined) throw new Error('nobody is signed in')
  return id
}

/** The draft of an answer as it lies on the disk; a fresh one when there is none. */
export async function openDraft(noticeId: string, findingId: string): Promise<Draft> {
  const row = await read(['drafts'], (tx) => tx.objectStore('drafts').get(draftId(noticeId, findingId)))
  return row?.user_id === me() ? (row.data as Draft) : { response_id: uuid7(), text: '', shots: [] }
}

function draftRow(noticeId: string, findingId: string, data: Draft): DraftRow {
  return {
    id: draftId(noticeId, findingId),
    user_id: me(),
    kind: 'firm.answer',
    subject_id: findingId,
    updated_at: new Date().toISOString(),
    data,
  }
}

/** Keeps the words of a draft. */
export function keepDraft(noticeId: string, findingId: string, draft: Draft): Promise<void> {
  return write(['drafts'], async (tx) => {
    await tx.objectStore('drafts').put(draftRow(noticeId, findingId, draft))
  })
}

export interface Taken {
  picture: Picture
  source: 'camera' | 'gallery'
  captured_at: string
  position: Position | null
  view_id: string | null
}

/** Puts a photo into the draft; resolves with the draft that has it. */
export async function addShot(
  noticeId: string,
  findingId: string,
  draft: Draft,
  taken: Taken,
): Promise<Draft> {
  const { picture } = taken
  const photo: PhotoRow = {
    id: uuid7(),
    owner_id: draft.response_id,
    owner_kind: 'response',
    kind: 'A',
    sha256: picture.sha256,
    original_sha256: picture.original_sha256,
    size: picture.bytes.byteLength,
    media_type: picture.mime,
    width: picture.width,
    height: picture.height,
    captured_at: taken.captured_at,
    position: taken.position,
    sent: 0,
    state: 'draft',
    problem: null,
    user_id: me(),
    source: taken.source,
    stage: 'after',
    group_id: draft.response_id,
  }
  const next = { ...draft, shots: [...draft.shots, { photo_id: photo.id, view_id: taken.view_id }] }
  await write(['drafts', 'photos', 'blobs'], async (tx) => {
    await tx.objectStore('photos').put(photo)
    await tx.objectStore('blobs').put({ key: `photo:${photo.id}`, bytes: picture.bytes })
    if (picture.thumb) await tx.objectStore('blobs').put({ key: `thumb:${photo.id}`, bytes: picture.thumb })
    await tx.objectStore('drafts').put(draftRow(noticeId, findingId, next))
  })
  return next
}

/** Takes a photo out of the draft and off the phone: it was never declared to anybody. */
export async function dropShot(
  noticeId: string,
  findingId: string,
  draft: Draft,
  photoId: string,
): Promise<Draft> {
  const next = { ...draft, shots: draft.shots.filter((shot) => shot.photo_id !== photoId) }
  await write(['drafts', 'photos', 'blobs'], async (tx) => {
    await tx.objectStore('photos').delete(photoId)
    await tx.objectStore('blobs').delete(`photo:${photoId}`)
    await tx.objectStore('blobs').delete(`thumb:${photoId}`)
    await tx.objectStore('drafts').put(draftRow(noticeId, findingId, next))
  })
  return next
}

/** What the server is told of a photo before its bytes come. */
function declaration(photo: PhotoRow): Record<string, unknown> {
  return {
    photo_id: photo.id,
    kind: photo.kind,
    sha256: photo.sha256,
    original_sha256: photo.original_sha256 ?? null,
    size: photo.size,
    mime: photo.media_type,
    source: photo.source ?? 'camera',
    captured_at: photo.captured_at,
    position: photo.position,
  }
}

/** Sends the draft as the firm's answer to one item. Draft, photos and command change hands together. */
export async function sendAnswer(notice: NoticeView, item: ItemView, draft: Draft): Promise<void> {
  await write(['drafts', 'photos', 'outbox'], async (tx) => {
    const photos: PhotoRow[] = []
    for (const shot of draft.shots) {
      const photo = await tx.objectStore('photos').get(shot.photo_id)
      if (photo) photos.push(photo)
    }
    const row = await enqueue(tx, me(), {
      command: 'answer_item',
      subject_id: draft.response_id,
      title: item.title,
      at: new Date().toISOString(),
      creates: draft.response_id,
      uses: [signingKey(notice.id)],
      body: {
        response_id: draft.response_id,
        notice_id: notice.id,
        finding_id: item.finding_id,
        text: draft.text.trim(),
        photos: photos.map(declaration),
      },
    })
    for (const photo of photos) {
      await tx
        .objectStore('photos')
        .put({ ...photo, state: 'queued', problem: null, receipt: null, command_id: row.id })
    }
    await tx.objectStore('drafts').delete(draftId(notice.id, item.finding_id))
  })
  saved()
}

/** Files one step of the 三联单: words, photos and command in one transaction. */
export async function fileDutyStep(
  notice: NoticeView,
  item: ItemView,
  step: DutyStep,
  filed: Filed,
  pictures: readonly HeldShot[],
): Promise<void> {
  await write(['outbox', 'photos', 'blobs'], async (tx) => {
    const mine = await tx.objectStore('outbox').index('by_user').getAll(me())
    const begun = mine.find(
      (row) =>
        row.command === 'file_duty_step' &&
        (row.body as DutyBody).notice_id === notice.id &&
        (row.body as DutyBody).finding_id === item.finding_id,
    )
    const report_id = item.duty_report?.id ?? (begun?.body as DutyBody | undefined)?.report_id ?? uuid7()
    const subject = uuid7()
    const rows = pictures.map((shot): PhotoRow => photoRow(shot, subject, report_id))
    const row = await enqueue(tx, me(), {
      command: 'file_duty_step',
      subject_id: subject,
      title: item.title,
      at: new Date().toISOString(),
      creates: dutyKey(report_id, step),
      uses: [signingKey(notice.id), ...EARLIER[step].map((one) => dutyKey(report_id, one))],
      body: {
        report_id,
        notice_id: notice.id,
        finding_id: item.finding_id,
        step,
        ...filed,
        photos: rows.map(declaration),
      },
    })
    for (const [i, photo] of rows.entries()) {
      const { bytes, picture } = pictures[i]!
      await tx.objectStore('photos').put({ ...photo, command_id: row.id })
      await tx.objectStore('blobs').put({ key: `photo:${photo.id}`, bytes })
      if (picture.thumb) await tx.objectStore('blobs').put({ key: `thumb:${photo.id}`, bytes: picture.thumb })
    }
  })
  saved()
}

const EARLIER: Record<DutyStep, readonly DutyStep[]> = {
  found: [],
  dissuaded: ['found'],
  reported: ['dissuaded'],
}
const dutyKey = (reportId: string, step: DutyStep): string => `duty:${reportId}:${step}`

function photoRow(shot: HeldShot, owner_id: string, group_id: string): PhotoRow {
  const { id, bytes, picture, captured_at, source, position } = shot
  return {
    id,
    owner_id,
    owner_kind: 'response',
    kind: 'O',
    sha256: picture.sha256,
    original_sha256: picture.original_sha256,
    size: bytes.byteLength,
    media_type: picture.mime,
    width: picture.width,
    height: picture.height,
    captured_at,
    position,
    sent: 0,
    state: 'queued',
    problem: null,
    user_id: me(),
    source,
    stage: 'duty',
    group_id,
  }
}

/** 签收. The server counts from the moment when it hears of it. */
export async function acknowledge(notice: NoticeView, receipt: Receipt): Promise<void> {
  await write(['outbox', 'settings'], async (tx) => {
    await enqueue(tx, me(), {
      command: 'acknowledge_notice',
      subject_id: notice.id,
      title: notice.number,
      at: new Date().toISOString(),
      creates: signingKey(notice.id),
      body: { notice_id: notice.id, ...receipt },
    })
    await tx.objectStore('settings').put({ key: RECEIPT, value: { user_id: me(), ...receipt } })
  })
  saved()
}

const RECEIPT = 'firm.receipt'

/** Who signed last on this phone, so that nobody types it twice; else the signed-in person. */
export async function lastReceipt(): Promise<Receipt> {
  const row = await read(['settings'], (tx) => tx.objectStore('settings').get(RECEIPT))
  const last = row?.value as (Receipt & { user_id: string }) | undefined
  if (last?.user_id === me()) return { name: last.name, title: last.title, phone: last.phone }
  return { name: session.identity?.display_name ?? '', title: '', phone: '' }
}

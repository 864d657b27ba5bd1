/** Acts of a visit: arrive, answer, leave. Each is one strict transaction of the row and its command. */
import { write, type OutboxRow, type PhotoRow, type Position, type Writable } from '../../../db'
import type { AnswerResult, CompoundDoc, VisitDoc } from '../../../domain/documents'
import { uuid7 } from '../../../domain/ids'
import { enqueue, saved } from '../../../sync'
import { declared, draftPhoto, putPicture } from './drafts'
import type { Shot } from './shoot'
import { visitView } from './views'

export interface Arrival {
  userId: string
  compound: CompoundDoc
  /** The planned visit; null for one that nobody planned (临时检查). */
  visitId: string | null
  roundId: string | null
  checklistId: string
  position: Position | null
  now: number
}

/** Arrives at a compound; resolves with the id of the visit once it is on the disk. */
export async function checkIn(arrival: Arrival): Promise<string> {
  const { userId, compound, position } = arrival
  const id = arrival.visitId ?? uuid7()
  const at = new Date(arrival.now).toISOString()
  await write(['visits', 'outbox'], async (tx) => {
    const known = await tx.objectStore('visits').get(id)
    const local: Partial<VisitDoc> = {
      ...(known?.local as Partial<VisitDoc> | undefined),
      ...(known ? {} : { round_id: arrival.roundId, compound_id: compound.id, seq: 0 }),
      inspector_id: userId,
      state: 'arrived',
      arrived_at: at,
      position: position && { lon: position.lon, lat: position.lat },
      accuracy_m: position?.accuracy_m ?? null,
      checklist_version_id: arrival.checklistId,
    }
    await tx.objectStore('visits').put({
      id,
      round_id: arrival.roundId,
      compound_id: compound.id,
      state: 'arrived',
      started_at: at,
      data: known?.data ?? null,
      local,
      user_id: userId,
    })
    await enqueue(tx, userId, {
      command: 'check_in',
      subject_id: id,
      creates: id,
      at,
      title: compound.name,
      body: {
        visit_id: id,
        compound_id: compound.id,
        round_id: arrival.roundId,
        checklist_version_id: arrival.checklistId,
        arrived_at: at,
        position,
      },
    })
  })
  saved()
  return id
}

interface AnswerBody {
  visit_id: string
  answers: { code: string; result: AnswerResult; answered_at: string }[]
}

/** Answers one line of the checklist. */
export async function answer(
  userId: string,
  visitId: string,
  code: string,
  result: AnswerResult,
  title: string,
  now: number,
): Promise<void> {
  await write(['visits', 'outbox'], (tx) => answerInside(tx, userId, visitId, code, result, title, now))
  saved()
}

/** As {@link answer}, inside a transaction over `visits` and `outbox`. */
export async function answerInside(
  transaction: unknown,
  userId: string,
  visitId: string,
  code: string,
  result: AnswerResult,
  title: string,
  now: number,
): Promise<void> {
  const tx = transaction as Writable<['visits', 'outbox']>
  const at = new Date(now).toISOString()
  const row = await tx.objectStore('visits').get(visitId)
  if (!row || visitView(row).answers[code] === result) return
  const local = (row.local ?? {}) as Partial<VisitDoc>
  await tx.objectStore('visits').put({
    ...row,
    user_id: userId,
    local: { ...local, answers: { ...local.answers, [code]: result } },
  })
  const open = await openAnswers(tx, userId, visitId)
  if (open) {
    const body = open.body as AnswerBody
    const answers = [...body.answers.filter((each) => each.code !== code), { code, result, answered_at: at }]
    await tx.objectStore('outbox').put({ ...open, body: { ...body, answers } })
    return
  }
  await enqueue(tx, userId, {
    command: 'answer_checklist',
    subject_id: visitId,
    uses: [visitId],
    at,
    title,
    body: { visit_id: visitId, answers: [{ code, result, answered_at: at }] } satisfies AnswerBody,
  })
}

/** The last command of the visit, if it takes answers and was never tried: its content may still grow. */
async function openAnswers(
  tx: Writable<['visits', 'outbox']>,
  userId: string,
  visitId: string,
): Promise<OutboxRow | null> {
  const rows = await tx.objectStore('outbox').index('by_subject').getAll(visitId)
  const last = rows.filter((row) => row.user_id === userId).sort((a, b) => b.seq - a.seq)[0]
  const open = last && last.command === 'answer_checklist' && last.state === 'queued' && last.attempts === 0
  return open ? last : null
}

/** Stores a photo of the visit itself, e.g. of the entrance, with the command that announces it. */
export async function addVisitPhoto(
  userId: string,
  visitId: string,
  title: string,
  shot: Shot,
): Promise<void> {
  const command = uuid7()
  // The camera's own file is for hazards; an entrance is proven by its rendition.
  const picture = { ...shot.picture, original: null }
  const photo: PhotoRow = {
    ...draftPhoto(picture, shot.about),
    state: 'queued',
    problem: null,
    receipt: null,
    command_id: command,
    group_id: visitId,
  }
  await write(['photos', 'blobs', 'outbox'], async (tx) => {
    await tx.objectStore('photos').put(photo)
    await putPicture(tx, photo.id, picture)
    await enqueue(tx, userId, {
      id: command,
      command: 'add_visit_photos',
      subject_id: visitId,
      uses: [visitId],
      at: photo.captured_at,
      title,
      body: { visit_id: visitId, photos: [declared(photo)] },
    })
  })
  saved()
}

/** Leaves the compound. */
export async function leave(
  userId: string,
  visitId: string,
  title: string,
  position: Position | null,
  now: number,
): Promise<void> {
  const at = new Date(now).toISOString()
  await write(['visits', 'outbox'], async (tx) => {
    const row = await tx.objectStore('visits').get(visitId)
    if (!row) return
    const local = { ...(row.local as Partial<VisitDoc>), state: 'left' as const, left_at: at }
    await tx.objectStore('visits').put({ ...row, state: 'left', local, user_id: userId })
    await enqueue(tx, userId, {
      command: 'leave',
      subject_id: visitId,
      uses: [visitId],
      at,
      title,
      body: { visit_id: visitId, left_at: at, position },
    })
  })
  saved()
}

/** The queue as people see it: one line a thing (a finding, a check-list, a re-check), in one of five states. Pure. */
import { clipOf, type OutboxRow, type PhotoRow, type Problem } from '../db'

export type ItemState = 'attention' | 'sending' | 'received' | 'queued' | 'confirmed'

export interface OutboxItem {
  /** The subject: id of finding, visit or review. */
  id: string
  /** Kinds of the commands, oldest first: tells finding, visit and re-check apart. */
  commands: OutboxRow[]
  photos: PhotoRow[]
  title: string
  state: ItemState
  /** Photos and videos that the server has signed for, and how many there are. */
  received: number
  of: number
  /** Bytes acknowledged of all bytes, 0–100. */
  percent: number
  /** Refusals, of commands first. */
  problems: { problem: Problem; command?: OutboxRow; photo?: PhotoRow; nth?: number; clip?: boolean }[]
  created_at: string
}

/** What the engine has on its way right now. */
export interface OnItsWay {
  commands: readonly string[]
  photos: readonly { id: string; sent: number; size: number }[]
}

/** Groups commands and their photos into items, newest last; confirmed ones included. */
export function items(
  rows: readonly OutboxRow[],
  photos: readonly PhotoRow[],
  way: OnItsWay = { commands: [], photos: [] },
): OutboxItem[] {
  const bySubject = new Map<string, OutboxRow[]>()
  for (const row of [...rows].sort((a, b) => a.seq - b.seq)) {
    bySubject.set(row.subject_id, [...(bySubject.get(row.subject_id) ?? []), row])
  }
  return [...bySubject].map(([id, commands]) => {
    const ids = new Set(commands.map((row) => row.id))
    const own = photos
      .filter((photo) => ids.has(photo.command_id ?? ''))
      .sort((a, b) => a.id.localeCompare(b.id))
    return item(id, commands, own, way)
  })
}

function item(id: string, commands: OutboxRow[], photos: PhotoRow[], way: OnItsWay): OutboxItem {
  const problems = [
    ...commands
      .filter((row) => row.problem !== null && (row.state === 'attention' || row.attempts >= 3))
      .map((command) => ({ problem: command.problem!, command })),
    ...photos
      .map((photo, i) => ({ problem: photo.problem, photo, nth: i + 1 }))
      .filter(
        (each): each is { problem: Problem; photo: PhotoRow; nth: number } =>
          each.photo.state === 'attention',
      ),
    ...photos
      .filter((photo) => clipOf(photo)?.state === 'attention')
      .map((photo) => ({ problem: clipOf(photo)!.problem!, photo, clip: true })),
  ]
  const moving = new Map(way.photos.map((photo) => [photo.id, photo.sent]))
  const files = photos.flatMap((photo) => {
    const isThere = photo.state === 'confirmed'
    const clip = clipOf(photo)
    return [
      { size: photo.size, isThere, sent: moving.get(photo.id) ?? photo.sent },
      ...(clip
        ? [
            {
              size: clip.size,
              isThere: clip.state === 'confirmed',
              sent: isThere ? (moving.get(photo.id) ?? clip.sent) : clip.sent,
            },
          ]
        : []),
    ]
  })
  const received = files.filter((file) => file.isThere).length
  const size = files.reduce((sum, file) => sum + file.size, 0)
  const sent = files.reduce((sum, file) => sum + (file.isThere ? file.size : file.sent), 0)
  const answered = commands.every((row) => row.state === 'confirmed')
  const onItsWay =
    commands.some((row) => way.commands.includes(row.id)) || photos.some((photo) => moving.has(photo.id))
  const state: ItemState =
    problems.length > 0
      ? 'attention'
      : answered && received === files.length
        ? 'confirmed'
        : onItsWay
          ? 'sending'
          : answered && received > 0
            ? 'received'
            : 'queued'
  return {
    id,
    commands,
    photos,
    title: commands.find((row) => row.title)?.title ?? '',
    state,
    received,
    of: files.length,
    percent: size > 0 ? Math.floor((sent * 100) / size) : 0,
    problems,
    created_at: commands[0]!.created_at,
  }
}

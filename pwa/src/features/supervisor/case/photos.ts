/** Which photos stand for before and after, and what the machine can say about the two. */
import { haversine } from '../../../domain/geo'
import type { CaseDoc, PhotoDoc } from '../model'

export interface PhotoSet {
  before: PhotoDoc[]
  /** Answers of the firm, pictures of re-checks and of what a department did, newest act first. */
  after: PhotoDoc[]
}

const LATER = new Set(['after', 'review', 'transfer'])
const time = (photo: PhotoDoc): number => Date.parse(photo.captured_at)

/** Photos in the order of looking: overviews first; after photos of the newest act first. */
export function photoSet(photos: readonly PhotoDoc[]): PhotoSet {
  const rank = (photo: PhotoDoc): number => (photo.kind === 'O' ? 0 : 1)
  const before = photos.filter((photo) => photo.stage === 'before')
  before.sort((a, b) => rank(a) - rank(b) || time(a) - time(b))
  const after = photos.filter((photo) => LATER.has(photo.stage))
  const newest = new Map<string, number>()
  for (const photo of after)
    newest.set(photo.group_id, Math.max(newest.get(photo.group_id) ?? 0, time(photo)))
  after.sort((a, b) => newest.get(b.group_id)! - newest.get(a.group_id)! || time(a) - time(b))
  return { before, after }
}

/** Metres between where two photos were taken; null when one of them has no position. */
export function metresApart(a: PhotoDoc | undefined, b: PhotoDoc | undefined): number | null {
  if (!a?.position || !b?.position) return null
  return haversine(a.position, b.position)
}

/** What a reviewer should know of the after photo beside the before one. */
export interface PairFacts {
  metres: number | null
  /** Farther apart than the two fixes can explain. */
  elsewhere: boolean
  reused: boolean
}

export function pairFacts(before: PhotoDoc | undefined, after: PhotoDoc | undefined): PairFacts {
  const metres = metresApart(before, after)
  const blur = Math.max(30, (before?.accuracy_m ?? 0) + (after?.accuracy_m ?? 0))
  return {
    metres,
    elsewhere: metres !== null && metres > blur,
    reused: after?.flags.includes('reused') ?? false,
  }
}

/** How the camera's own file of a photo stands; `hash` where only its hash was kept. */
export type OriginalState = 'stored' | 'expected' | 'hash'

interface OriginalFile {
  photo: PhotoDoc
  state: OriginalState
}

/** Address of the camera's own file. */
export const originalUrl = (id: string): string => `/api/photos/${id}/original`

/**
 * Videos and camera files of a case, oldest first. A photo that was sent as the camera gave it is its own original and
 * is not told again; nor are hashes alone, unless another file of the case did come.
 */
export function originalsOf(photos: readonly PhotoDoc[]): { videos: OriginalFile[]; stills: OriginalFile[] } {
  const all = photos
    .filter((photo) => photo.original_sha256 !== null && photo.original_sha256 !== photo.sha256)
    .map((photo) => ({ photo, state: stateOf(photo) }))
    .sort((a, b) => time(a.photo) - time(b.photo))
  const isVideo = ({ photo }: OriginalFile): boolean => photo.original_mime?.startsWith('video/') ?? false
  const stills = all.filter((each) => !isVideo(each))
  return { videos: all.filter(isVideo), stills: stills.some(({ state }) => state !== 'hash') ? stills : [] }
}

function stateOf(photo: PhotoDoc): OriginalState {
  if (photo.original_stored_at) return 'stored'
  return photo.original_size ? 'expected' : 'hash'
}

/** How many bytes of evidence are here and agree with their hash, out of how many were declared. */
export function evidence(finding: Pick<CaseDoc, 'photos'>): {
  stored: number
  expected: number
  spoilt: number
} {
  const spoilt = finding.photos.filter((photo) =>
    photo.flags.some((flag) => flag.startsWith('photo.')),
  ).length
  const stored = finding.photos.filter((photo) => photo.state === 'stored').length
  return { stored, expected: finding.photos.length, spoilt }
}

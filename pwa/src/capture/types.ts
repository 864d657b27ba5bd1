/** What goes into the photo worker and what comes out. */

export interface Job {
  id: number
  file: Blob
  /** Burnt into the foot of the picture, top line bold; none leaves the picture unmarked. */
  lines: readonly string[]
  /** Gives the file back too, for the evidence lane. */
  keep: boolean
}

export interface Picture {
  bytes: ArrayBuffer
  mime: string
  width: number | null
  height: number | null
  /** Of `bytes`. */
  sha256: string
  /** Of the file as the camera gave it. */
  original_sha256: string
  /** Small unmarked JPEG for lists; null when this browser cannot decode the file. */
  thumb: ArrayBuffer | null
  /** The file as the camera gave it, when it was asked for and `bytes` are not it already. */
  original?: { bytes: ArrayBuffer; mime: string } | null
}

export type Done = { id: number; picture: Picture } | { id: number; problem: CaptureProblem }

/** Why a file cannot be taken: a key of the problem dictionary. */
export type CaptureProblem =
  | 'capture.not_a_photo'
  | 'capture.too_large'
  | 'capture.unreadable'
  | 'capture.not_a_video'
  | 'capture.video_too_long'

/**
 * From the camera's file to a photo of this visit: where and when it was taken are fields of its own, written down at
 * the shutter, since scaling, camera apps and pickers strip them from the file.
 */
import { takePhoto, type Picture } from '../../../capture/camera'
import { isVideoFile, takeVideo } from '../../../capture/video'
import { position } from '../../../capture/position.svelte'
import { markLines } from '../../../capture/watermark'
import { m } from '../../../i18n/index.svelte'
import { session } from '../../../app/session.svelte'
import type { Position } from '../../../db'
import { draftPhoto, type NewPhoto } from './drafts'

/** What stands in the foot of the picture besides time, position and name. */
export interface Spot {
  street: string
  compound: string
  place: string
}

/** The moment of the shutter: take it before anything is awaited. */
export interface Shutter {
  at: Date
  fix: Position | null
}

export const shutter = (): Shutter => ({ at: new Date(), fix: position.now() })

export type About = Pick<NewPhoto, 'owner_id' | 'owner_kind' | 'kind' | 'stage'>

/** Words that are burnt into the foot. */
export function footOf(spot: Spot, at: Date | string, fix: Position | null): string[] {
  return markLines({
    at,
    ...spot,
    position: fix,
    who: session.identity?.display_name ?? '',
    unplaced: m.inspector.finding.unplaced,
  })
}

export interface Shot {
  picture: Picture
  about: NewPhoto
}

/** Scales, marks and hashes `file`, a picture or a video; the camera's file comes back too. Rejects with CaptureError. */
export async function shoot(file: File, spot: Spot, about: About, when: Shutter = shutter()): Promise<Shot> {
  const { at, fix } = when
  const lines = footOf(spot, at, fix)
  const picture = isVideoFile(file) ? await takeVideo(file, lines) : await takePhoto(file, lines, true)
  return {
    picture,
    about: {
      ...about,
      user_id: session.identity!.user_id,
      position: fix,
      captured_at: at.toISOString(),
      source: 'camera',
    },
  }
}

/** The row of a shot that nobody has declared yet. */
export const rowOf = ({ picture, about }: Shot): ReturnType<typeof draftPhoto> => draftPhoto(picture, about)

/** What a camera app hands over may be gone from its folder by the time there is room: the bytes themselves are kept. */
export function inMemory(files: readonly File[]): Promise<File[]> {
  return Promise.all(
    files.map(async (file) => {
      const bytes = await file.arrayBuffer().catch(() => null)
      return bytes ? new File([bytes], file.name, { type: file.type }) : file
    }),
  )
}

/** Four photographs for the story: real ones of real phones where they are at hand, else drawn ones. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { REPOSITORY } from './server'
import { png } from './png'

/** Twelve megapixels; HEIC, which Chromium cannot decode; GPS in its EXIF; lying on its side by its EXIF. */
const NAMES = ['phone_nokia_12mp.jpg', 'phone_iphone13.heic', 'gps_nikon_1.jpg', 'orientation_portrait_6.jpg']
const FOLDER = join(REPOSITORY, '../shared/data/photos')

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export interface File {
  path: string
  sha256: string
  /** The browser cannot open it: it must arrive as it is. */
  opaque: boolean
}

export async function photographs(): Promise<[File, File, File, File]> {
  const real = NAMES.every((name) => existsSync(join(FOLDER, name)))
  const folder = real ? FOLDER : await mkdtemp(join(tmpdir(), 'xunjian-photos-'))
  const files: File[] = []
  for (const name of real ? NAMES : ['1.png', '2.png', '3.png', '4.png']) {
    const path = join(folder, name)
    if (!real) await writeFile(path, png(1600, 1200))
    files.push({ path, sha256: sha256(await readFile(path)), opaque: name.endsWith('.heic') })
  }
  return files as [File, File, File, File]
}

/** What a file is, by its first bytes: names and types lie. Pure. */

export const MOST_BYTES = 25 * 1024 * 1024

const ascii = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to))

const HEIC = new Set(['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'mif1', 'msf1'])

/** MIME type of a photo that the office takes, or null. Needs the first 12 bytes. */
export function sniff(head: Uint8Array): string | null {
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return 'image/jpeg'
  if (head[0] === 0x89 && ascii(head, 1, 4) === 'PNG') return 'image/png'
  if (ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 12) === 'WEBP') return 'image/webp'
  if (ascii(head, 4, 8) === 'ftyp' && HEIC.has(ascii(head, 8, 12))) return 'image/heic'
  return null
}

/** MIME type of a video that the office takes, or null. Needs the first 12 bytes. */
export function sniffVideo(head: Uint8Array): string | null {
  if (head[0] === 0x1a && head[1] === 0x45 && head[2] === 0xdf && head[3] === 0xa3) return 'video/webm'
  if (ascii(head, 4, 8) === 'ftyp' && !HEIC.has(ascii(head, 8, 12)) && ascii(head, 8, 12) !== 'avif') {
    return ascii(head, 8, 12) === 'qt  ' ? 'video/quicktime' : 'video/mp4'
  }
  return null
}

/** Size that fits `edge`, never larger than the original. */
export function fit(width: number, height: number, edge: number): { width: number; height: number } {
  const scale = Math.min(1, edge / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

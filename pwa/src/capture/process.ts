/**
 * One photo from the camera's file to what is stored and sent. Runs in the worker. What this browser can decode is
 * turned upright, made at most 1600 px and 500 KB, and marked; what it cannot (HEIC in Chromium) goes unchanged, since
 * a photo that travels as it is beats one that is refused.
 */
import { hex } from '../domain/ids'
import { draw, type Shape } from './sketch'
import { fit, MOST_BYTES, sniff } from './sniff'
import type { CaptureProblem, Picture } from './types'

export const LONGEST_EDGE = 1600
export const MOST_SENT = 500 * 1024
const THUMB_EDGE = 640
const QUALITIES = [0.86, 0.78, 0.7, 0.6, 0.5]

/** A file that cannot be taken at all; `code` is a key of the problem dictionary. */
export class CaptureError extends Error {
  constructor(readonly code: CaptureProblem) {
    super(code)
  }
}

/** Rejects with CaptureError. */
export async function processPhoto(file: Blob, lines: readonly string[], keep = false): Promise<Picture> {
  const original = await file.arrayBuffer().catch(() => {
    throw new CaptureError('capture.unreadable')
  })
  const mime = sniff(new Uint8Array(original, 0, Math.min(12, original.byteLength)))
  if (mime === null) throw new CaptureError('capture.not_a_photo')
  const original_sha256 = await digest(original)
  const bitmap = await decode(file)
  if (!bitmap) {
    if (original.byteLength > MOST_BYTES) throw new CaptureError('capture.too_large')
    return {
      bytes: original,
      mime,
      width: null,
      height: null,
      sha256: original_sha256,
      original_sha256,
      thumb: null,
      original: null,
    }
  }
  try {
    const foot: Over = (context, width, height) => {
      if (lines.length > 0) mark(context, width, height, lines)
    }
    const thumb = await (await encode(bitmap, THUMB_EDGE, null, [0.62])).arrayBuffer()
    for (const edge of [LONGEST_EDGE, 1280, 1024]) {
      const jpeg = await encode(bitmap, edge, foot, QUALITIES)
      if (jpeg.size > MOST_SENT && edge > 1024) continue
      const bytes = await jpeg.arrayBuffer()
      const sha256 = await digest(bytes)
      return {
        bytes,
        mime: 'image/jpeg',
        ...fit(bitmap.width, bitmap.height, edge),
        sha256,
        original_sha256,
        thumb,
        original: keep && original.byteLength <= MOST_BYTES ? { bytes: original, mime } : null,
      }
    }
    throw new Error('unreachable: the last edge is always taken')
  } finally {
    bitmap.close()
  }
}

/** A rendition with something drawn on it: bytes to send, their hash, and a small picture. */
export interface Redrawn {
  bytes: ArrayBuffer
  sha256: string
  thumb: ArrayBuffer
}

/**
 * Draws `shapes` on copies of a rendition and of its small picture (which carries no watermark; null: made from the
 * rendition). Rejects with CaptureError where they cannot be decoded.
 */
export async function redrawPhoto(
  plain: { bytes: ArrayBuffer; thumb: ArrayBuffer | null },
  shapes: readonly Shape[],
): Promise<Redrawn> {
  const bytes = await redraw(plain.bytes, LONGEST_EDGE, QUALITIES, shapes)
  const thumb = await redraw(plain.thumb ?? plain.bytes, THUMB_EDGE, [0.62], shapes)
  return { bytes, sha256: await digest(bytes), thumb }
}

async function redraw(
  jpeg: ArrayBuffer,
  edge: number,
  qualities: readonly number[],
  shapes: readonly Shape[],
): Promise<ArrayBuffer> {
  const bitmap = await decode(new Blob([jpeg], { type: 'image/jpeg' }))
  if (!bitmap) throw new CaptureError('capture.unreadable')
  try {
    const over: Over = (context, width, height) => draw(context, shapes, width, height)
    return await (await encode(bitmap, edge, over, qualities)).arrayBuffer()
  } finally {
    bitmap.close()
  }
}

/** Lower-case hexadecimal SHA-256. */
export async function digest(bytes: ArrayBuffer): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}

async function decode(file: Blob): Promise<ImageBitmap | null> {
  if (typeof OffscreenCanvas === 'undefined') return null
  try {
    return await createImageBitmap(file, { imageOrientation: 'from-image' })
  } catch {
    return null
  }
}

type Over = (context: OffscreenCanvasRenderingContext2D, width: number, height: number) => void

/** JPEG at the first quality that fits {@link MOST_SENT}, else at the last one. */
async function encode(
  bitmap: ImageBitmap,
  edge: number,
  over: Over | null,
  qualities: readonly number[],
): Promise<Blob> {
  const { width, height } = fit(bitmap.width, bitmap.height, edge)
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d', { alpha: false })!
  context.imageSmoothingQuality = 'high'
  context.drawImage(bitmap, 0, 0, width, height)
  over?.(context, width, height)
  let blob: Blob | null = null
  for (const quality of qualities) {
    blob = await canvas.convertToBlob({ type: 'image/jpeg', quality })
    if (blob.size <= MOST_SENT) break
  }
  return blob!
}

/** Words on a dark foot. The ground behind them is at least 80 % black, so white keeps more than 7:1 on any photo. */
function mark(
  context: OffscreenCanvasRenderingContext2D,
  width: number,
  height: number,
  lines: readonly string[],
): void {
  const size = Math.max(11, Math.round(Math.min(width, height * 1.6) / 26))
  const step = Math.round(size * 1.4)
  const pad = Math.round(size * 1.05)
  const foot = step * lines.length + Math.round(pad * 1.2)
  const fade = Math.round(foot * 0.45)
  const ground = context.createLinearGradient(0, height - foot - fade, 0, height)
  ground.addColorStop(0, 'rgba(7,11,10,0)')
  ground.addColorStop(fade / (foot + fade), 'rgba(7,11,10,0.82)')
  ground.addColorStop(1, 'rgba(7,11,10,0.9)')
  context.fillStyle = ground
  context.fillRect(0, height - foot - fade, width, foot + fade)
  context.fillStyle = '#fff'
  context.textBaseline = 'alphabetic'
  lines.forEach((line, i) => {
    const family = 'system-ui, Roboto, "PingFang SC", "Noto Sans CJK SC", sans-serif'
    context.font = `${i === 0 ? 700 : 400} ${size}px ${family}`
    context.fillText(line, pad, height - pad - step * (lines.length - 1 - i), width - 2 * pad)
  })
}

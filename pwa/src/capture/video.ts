/**
 * Short video (kind V, 15 s at most): the file goes as it is, and a frame of it is the photo that stands for it in lists,
 * on paper and where no film can be shown. The frame carries the mark with time and place; the video is its original.
 */
import { takePhoto } from './camera'
import { CaptureError, digest } from './process'
import { fit, MOST_BYTES, sniffVideo } from './sniff'
import type { Picture } from './types'

export const MOST_SECONDS = 15
/** What a recorder may need to come to its end; the office allows as much. */
const TOLERANCE = 0.9
const POSTER_EDGE = 1600
/** Longer than this nobody waits for a frame. */
const PATIENCE_MS = 6_000

/** Whether a file calls itself a video; what it is, its bytes say. */
export const isVideoFile = (file: Blob): boolean => file.type.startsWith('video/')

/** Turns a video into what is stored and sent; `lines` are burnt into the foot of its frame. Rejects with CaptureError. */
export async function takeVideo(file: Blob, lines: readonly string[]): Promise<Picture> {
  if (file.size > MOST_BYTES) throw new CaptureError('capture.too_large')
  const bytes = await file.arrayBuffer().catch(() => {
    throw new CaptureError('capture.unreadable')
  })
  const mime = sniffVideo(new Uint8Array(bytes, 0, Math.min(12, bytes.byteLength)))
  if (mime === null) throw new CaptureError('capture.not_a_video')
  const { still, seconds } = await look(
    new Blob([bytes], { type: mime === 'video/quicktime' ? 'video/mp4' : mime }),
  )
  if (seconds !== null && seconds > MOST_SECONDS + TOLERANCE) throw new CaptureError('capture.video_too_long')
  const poster = await takePhoto(still, lines)
  return { ...poster, original_sha256: await digest(bytes), original: { bytes, mime } }
}

/** A frame and the length; a browser without the codec gives a dark card, and leaves the length to the office. */
async function look(file: Blob): Promise<{ still: Blob; seconds: number | null }> {
  const video = document.createElement('video')
  const url = URL.createObjectURL(file)
  try {
    video.muted = true
    video.playsInline = true
    video.preload = 'auto'
    video.src = url
    await happens(video, 'loadeddata')
    // A recorder in a browser writes no length; 0 and infinity say nothing.
    const seconds = Number.isFinite(video.duration) && video.duration > 0 ? video.duration : null
    if (seconds !== null && seconds > 1) {
      video.currentTime = Math.min(1, seconds / 2)
      await happens(video, 'seeked').catch(() => undefined)
    }
    return { still: await drawn(video.videoWidth, video.videoHeight, video), seconds }
  } catch {
    return { still: await drawn(1280, 720, null), seconds: null }
  } finally {
    video.removeAttribute('src')
    video.load()
    URL.revokeObjectURL(url)
  }
}

function happens(video: HTMLVideoElement, what: 'loadeddata' | 'seeked'): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (): void => reject(new Error(`no ${what}`))
    const timer = setTimeout(failed, PATIENCE_MS)
    video.addEventListener(what, () => (clearTimeout(timer), resolve()), { once: true })
    video.addEventListener('error', () => (clearTimeout(timer), failed()), { once: true })
  })
}

/** The frame that `video` shows; without one a dark card with the sign of a film on it. */
function drawn(width: number, height: number, video: HTMLVideoElement | null): Promise<Blob> {
  const size = fit(width || 1280, height || 720, POSTER_EDGE)
  const canvas = Object.assign(document.createElement('canvas'), size)
  const context = canvas.getContext('2d')!
  if (video && width > 0) context.drawImage(video, 0, 0, size.width, size.height)
  else {
    context.fillStyle = '#1b2725'
    context.fillRect(0, 0, size.width, size.height)
    context.fillStyle = '#ffffff'
    const [x, y, r] = [size.width / 2, size.height / 2.4, size.height / 8]
    context.beginPath()
    context.moveTo(x - r / 2, y - r)
    context.lineTo(x + r, y)
    context.lineTo(x - r / 2, y + r)
    context.fill()
  }
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no frame'))), 'image/jpeg', 0.9),
  )
}

/** The live camera of this page: off until someone asks for it, and given back as soon as the page goes. */

export type Finder =
  /** Nobody has asked for it. */
  | 'off'
  | 'asking'
  | 'live'
  /** The person or the browser refused, or there is none: the file input takes over. */
  | 'none'

export interface Viewfinder {
  readonly state: Finder
  readonly stream: MediaStream | null
  /** Asks for the back camera with pictures of `ratio` (width/height). Resolves when it is live or refused. */
  open(ratio: number): Promise<void>
  close(): void
  /** The frame that `video` shows now, whole, as JPEG. Rejects when there is none. */
  shoot(video: HTMLVideoElement): Promise<Blob>
}

/** Whether the camera may be opened without a question, because it was granted before. */
export async function granted(): Promise<boolean> {
  try {
    const answer = await navigator.permissions.query({ name: 'camera' as PermissionName })
    return answer.state === 'granted'
  } catch {
    return false
  }
}

/** A viewfinder that gives the camera back with the component that calls this. */
export function viewfinder(): Viewfinder {
  let state = $state<Finder>(typeof navigator.mediaDevices?.getUserMedia === 'function' ? 'off' : 'none')
  let stream = $state.raw<MediaStream | null>(null)
  let turn = 0

  function close(): void {
    turn++
    stream?.getTracks().forEach((track) => track.stop())
    stream = null
    if (state !== 'none') state = 'off'
  }

  async function open(ratio: number): Promise<void> {
    if (state !== 'off') return
    const mine = ++turn
    state = 'asking'
    try {
      const fresh = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: 'environment', width: { ideal: 1920 }, aspectRatio: { ideal: ratio } },
      })
      if (mine !== turn) {
        fresh.getTracks().forEach((track) => track.stop())
        return
      }
      stream = fresh
      state = 'live'
      // The phone takes the camera away, e.g. for a call: the button opens it again.
      fresh.getVideoTracks()[0]?.addEventListener('ended', close)
    } catch {
      if (mine === turn) state = 'none'
    }
  }

  $effect(() => close)

  return {
    get state() {
      return state
    },
    get stream() {
      return stream
    },
    open,
    close,
    shoot: frame,
  }
}

function frame(video: HTMLVideoElement): Promise<Blob> {
  const canvas = document.createElement('canvas')
  canvas.width = video.videoWidth
  canvas.height = video.videoHeight
  const context = canvas.getContext('2d')
  if (!context || canvas.width === 0) return Promise.reject(new Error('the camera shows nothing yet'))
  context.drawImage(video, 0, 0)
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/jpeg', 0.92),
  )
}

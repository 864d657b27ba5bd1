/** Records a short video of this page: camera and microphone while the screen is open, and given back when it goes. */
import { MOST_SECONDS } from './video'

export type RecorderState =
  | 'asking'
  | 'ready'
  | 'recording'
  /** Stopped; the last bytes are on their way from the encoder. */
  | 'ending'
  /** Refused, or this browser records none: the phone's own camera app takes over. */
  | 'none'

/** What firms and offices can play on most devices comes first. */
const FORMS = [
  'video/mp4;codecs=avc1.42E01E,mp4a.40.2',
  'video/mp4;codecs=avc1.42001E,opus',
  'video/webm;codecs=vp8,opus',
  'video/webm',
  'video/mp4',
]
/** 15 s are 2.4 MB: what a village line carries in a minute. */
const BITS = { videoBitsPerSecond: 1_200_000, audioBitsPerSecond: 64_000 }

export interface Recorder {
  readonly state: RecorderState
  readonly stream: MediaStream | null
  /** Whole seconds that are left. */
  readonly left: number
  /** False where the microphone was refused: it goes without sound. */
  readonly hears: boolean
  /** Asks for camera and microphone. Resolves when they are there or refused. */
  open(): Promise<void>
  start(): void
  stop(): void
}

/** A recorder that gives the camera back with the component that calls this. `onvideo` gets what was recorded. */
export function recorder(onvideo: (file: File) => void): Recorder {
  const form =
    typeof MediaRecorder === 'undefined'
      ? undefined
      : FORMS.find((each) => MediaRecorder.isTypeSupported(each))
  const able = form !== undefined && typeof navigator.mediaDevices?.getUserMedia === 'function'
  let state = $state<RecorderState>(able ? 'asking' : 'none')
  let stream = $state.raw<MediaStream | null>(null)
  let left = $state(MOST_SECONDS)
  let hears = $state(true)
  let media: MediaRecorder | null = null
  let clock: ReturnType<typeof setInterval> | undefined
  let gone = false

  async function open(): Promise<void> {
    if (state !== 'asking') return
    const video = {
      facingMode: 'environment',
      width: { ideal: 1280 },
      height: { ideal: 720 },
      frameRate: { ideal: 25 },
    }
    try {
      let fresh: MediaStream
      try {
        fresh = await navigator.mediaDevices.getUserMedia({ video, audio: true })
      } catch {
        fresh = await navigator.mediaDevices.getUserMedia({ video, audio: false })
        hears = false
      }
      if (gone) return fresh.getTracks().forEach((track) => track.stop())
      stream = fresh
      state = 'ready'
    } catch {
      state = 'none'
    }
  }

  function start(): void {
    if (state !== 'ready' || !stream) return
    const parts: Blob[] = []
    const own = new MediaRecorder(stream, { mimeType: form, ...BITS })
    media = own
    own.ondataavailable = ({ data }) => parts.push(data)
    own.onstop = () => {
      clearInterval(clock)
      if (gone) return
      const type = own.mimeType.split(';')[0]!
      onvideo(new File(parts, `video.${type === 'video/mp4' ? 'mp4' : 'webm'}`, { type }))
    }
    const began = performance.now()
    left = MOST_SECONDS
    clock = setInterval(() => {
      const seconds = (performance.now() - began) / 1000
      left = Math.max(0, Math.ceil(MOST_SECONDS - seconds))
      if (seconds >= MOST_SECONDS) stop()
    }, 100)
    own.start(1_000)
    state = 'recording'
  }

  function stop(): void {
    if (state !== 'recording') return
    state = 'ending'
    clearInterval(clock)
    media?.stop()
  }

  $effect(() => () => {
    gone = true
    clearInterval(clock)
    if (media?.state === 'recording') media.stop()
    stream?.getTracks().forEach((track) => track.stop())
  })

  return {
    get state() {
      return state
    },
    get stream() {
      return stream
    },
    get left() {
      return left
    },
    get hears() {
      return hears
    },
    open,
    start,
    stop,
  }
}

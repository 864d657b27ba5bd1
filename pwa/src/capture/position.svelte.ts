/**
 * Where the phone is: watched from the start of a visit, so that the first photo does not wait for a fix. The best fix
 * of the last minute counts, since a phone that just came out of a garage first reports a kilometre.
 */
import { getSetting, setSetting, type Position } from '../db'

export type Locating = 'off' | 'searching' | 'here' | 'refused' | 'unavailable'

const FRESH_MS = 60_000
const KEY = 'position.last'

let state = $state<Locating>('off')
let fixes: Position[] = []
let best = $state.raw<Position | null>(null)
let last = $state.raw<Position | null>(null)
let watchers = 0
let watch: number | null = null
let asking: ReturnType<typeof setInterval> | undefined

/** The best of `all` at `now`: the most accurate one not older than a minute. Pure. */
export function bestFix(all: readonly Position[], now: number): Position | null {
  const fresh = all.filter((fix) => now - Date.parse(fix.captured_at) <= FRESH_MS)
  return fresh.reduce<Position | null>(
    (found, fix) => (!found || (fix.accuracy_m ?? Infinity) <= (found.accuracy_m ?? Infinity) ? fix : found),
    null,
  )
}

const REPEATS = 8

/**
 * Whether the newest of `all` was made rather than measured: the same point to the last bit in eight reports in a row,
 * at eight different times. A receiver at rest moves by centimetres; a programme that plays a place does not. Pure.
 */
export function looksMade(all: readonly Position[]): boolean {
  const run = all.slice(-REPEATS)
  const [first] = run
  if (!first || run.length < REPEATS) return false
  const times = new Set(run.map((fix) => fix.captured_at))
  return times.size === REPEATS && run.every((fix) => fix.lon === first.lon && fix.lat === first.lat)
}

export const position = {
  get state(): Locating {
    return state
  },
  /** Best fix of the last minute; null without one. */
  get best(): Position | null {
    return best
  },
  /** The fix to write down now: the best fresh one, else the last one known, marked as such. */
  now(): Position | null {
    const fresh = bestFix(fixes, Date.now())
    if (fresh) return looksMade(fixes) ? { ...fresh, mocked: true } : fresh
    return last ? { ...last, source: 'last_fix' } : null
  },
  /** Watches until the returned function is called; several callers share one watch. */
  watch(): () => void {
    watchers += 1
    if (watchers === 1) begin()
    let stopped = false
    return () => {
      if (stopped) return
      stopped = true
      watchers -= 1
      if (watchers === 0) end()
    }
  },
}

function begin(): void {
  void getSetting<Position | null>(KEY, null).then((stored) => {
    last ??= stored
  })
  if (!navigator.geolocation) {
    state = 'unavailable'
    return
  }
  state = 'searching'
  watch = navigator.geolocation.watchPosition(heard, failed, {
    enableHighAccuracy: true,
    maximumAge: 5_000,
    timeout: 30_000,
  })
  // A phone that does not move reports nothing new: ask, or its good fix would grow stale.
  asking = setInterval(() => {
    navigator.geolocation.getCurrentPosition(heard, () => undefined, {
      enableHighAccuracy: true,
      maximumAge: 10_000,
      timeout: 15_000,
    })
  }, 20_000)
}

function end(): void {
  if (watch !== null) navigator.geolocation.clearWatch(watch)
  watch = null
  clearInterval(asking)
  if (state !== 'refused') state = 'off'
}

function heard({ coords, timestamp }: GeolocationPosition): void {
  const fix: Position = {
    lon: coords.longitude,
    lat: coords.latitude,
    accuracy_m: Math.round(coords.accuracy * 10) / 10,
    captured_at: new Date(timestamp).toISOString(),
    source: 'gnss',
    crs: 'wgs84',
  }
  fixes = [...fixes.filter((each) => Date.now() - Date.parse(each.captured_at) <= FRESH_MS), fix]
  best = bestFix(fixes, Date.now())
  state = 'here'
  const first = last === null
  last = fix
  if (first || Date.now() - kept > 20_000) keep(fix)
}

let kept = 0
function keep(fix: Position): void {
  kept = Date.now()
  setSetting(KEY, fix).catch((error: unknown) => console.error(error))
}

function failed(error: GeolocationPositionError): void {
  best = bestFix(fixes, Date.now())
  if (error.code === error.PERMISSION_DENIED) state = 'refused'
  else if (!best) state = 'searching'
}

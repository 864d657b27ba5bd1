/** The answer that is being made: words and photos, on the disk as soon as they exist, and the way to send them. */
import { busy } from '../../app/busy.svelte'
import { session } from '../../app/session.svelte'
import { CaptureError, takePhoto } from '../../capture/camera'
import { position } from '../../capture/position.svelte'
import { markLines } from '../../capture/watermark'
import { StorageError } from '../../db'
import { m } from '../../i18n/index.svelte'
import { problemText } from '../../i18n/problems'
import { toast } from '../../ui'
import { addShot, dropShot, keepDraft, openDraft, sendAnswer, type Draft } from './acts'
import type { CasePhoto, ItemView, NoticeView } from './model'

export interface Answering {
  /** undefined until the disk has answered. */
  readonly draft: Draft | undefined
  text: string
  /** The view of the case that the next photo repeats; null when each has its photo or there is none. */
  readonly next: CasePhoto | null
  /** After photos taken, and how many are asked for. */
  readonly taken: number
  readonly wanted: number
  /** A photo is being prepared or stored. */
  readonly working: boolean
  /** Something that can be sent is there. */
  readonly ready: boolean
  /** The camera is wanted: from now on the phone looks for its position. */
  begin(): void
  add(file: Blob, source: 'camera' | 'gallery'): Promise<void>
  drop(photoId: string): Promise<void>
  /** True when it is on its way. */
  send(): Promise<boolean>
}

const KEEP_AFTER = 400

/** Follows the draft of one item; call while its component initialises. */
export function answering(
  notice: () => NoticeView,
  item: () => ItemView,
  views: () => CasePhoto[],
): Answering {
  let draft = $state.raw<Draft | undefined>()
  let text = $state('')
  let working = $state(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  const noticeId = notice().id
  const findingId = item().finding_id
  const form = `answer:${noticeId}:${findingId}`
  let stopWatching: (() => void) | undefined

  openDraft(noticeId, findingId).then(
    (found) => {
      draft = found
      text = found.text
    },
    (error: unknown) => tell(error),
  )

  // The page may be taken away at any moment: what is typed goes to the disk when it is no longer seen.
  $effect(() => {
    const hidden = (): void => {
      if (timer !== undefined) void keepText()
    }
    document.addEventListener('visibilitychange', hidden)
    window.addEventListener('pagehide', hidden)
    return () => {
      document.removeEventListener('visibilitychange', hidden)
      window.removeEventListener('pagehide', hidden)
    }
  })

  $effect(() => () => {
    stopWatching?.()
    // Leaving the page: the last words go to the disk now, not in 0.4 seconds.
    if (timer !== undefined) void keepText()
  })

  function tell(error: unknown): void {
    if (error instanceof StorageError || error instanceof CaptureError) {
      toast.show(problemText(error), { tone: 'attention' })
    } else throw error
  }

  async function keepText(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    if (!draft || draft.text === text) return
    const next = { ...draft, text }
    try {
      await keepDraft(noticeId, findingId, next)
      draft = draft && { ...draft, text: next.text }
      busy.setDirty(form, false)
    } catch (error) {
      tell(error)
    }
  }

  /** One thing after another: two photos at once would each store a draft without the other. */
  async function change(work: (from: Draft) => Promise<Draft>): Promise<boolean> {
    if (!draft || working) return false
    working = true
    try {
      draft = await work({ ...draft, text })
      return true
    } catch (error) {
      tell(error)
      return false
    } finally {
      working = false
    }
  }

  const next = $derived(
    views().find((view) => !draft?.shots.some((shot) => shot.view_id === view.id)) ?? null,
  )
  const taken = $derived(draft?.shots.length ?? 0)
  const wanted = $derived(Math.max(1, views().length))

  function begin(): void {
    stopWatching ??= position.watch()
  }

  async function add(file: Blob, source: 'camera' | 'gallery'): Promise<void> {
    begin()
    const captured_at = new Date().toISOString()
    const fix = position.now()
    const stored = await change(async (from) => {
      const lines = markLines({
        at: captured_at,
        street: '',
        compound: notice().compound.name,
        place: item().place,
        position: fix,
        who: session.identity?.display_name ?? '',
        unplaced: m.firm.shot.unplaced,
      })
      // A picture from the album was not taken here and now: nothing is burnt into it.
      const picture = await takePhoto(file, source === 'camera' ? lines : [])
      const at = source === 'camera' ? fix : null
      const view_id = next?.id ?? null
      return addShot(noticeId, findingId, from, { picture, source, captured_at, position: at, view_id })
    })
    if (stored) navigator.vibrate?.(20)
  }

  async function send(): Promise<boolean> {
    clearTimeout(timer)
    timer = undefined
    if (!draft || working) return false
    working = true
    try {
      await sendAnswer(notice(), item(), { ...draft, text })
      busy.setDirty(form, false)
      // A re-check may fail while this page stays open: the next answer is another one.
      draft = await openDraft(noticeId, findingId)
      text = draft.text
      return true
    } catch (error) {
      tell(error)
      return false
    } finally {
      working = false
    }
  }

  return {
    get draft() {
      return draft
    },
    get text() {
      return text
    },
    set text(value) {
      text = value
      busy.setDirty(form, true)
      clearTimeout(timer)
      timer = setTimeout(() => void keepText(), KEEP_AFTER)
    },
    get next() {
      return next
    },
    get taken() {
      return taken
    },
    get wanted() {
      return wanted
    },
    get working() {
      return working
    },
    get ready() {
      return taken > 0 || text.trim() !== ''
    },
    begin,
    add,
    drop: async (photoId) => {
      await change((from) => dropShot(noticeId, findingId, from, photoId))
    },
    send,
  }
}

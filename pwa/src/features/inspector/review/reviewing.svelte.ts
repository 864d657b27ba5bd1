/** The state of a re-check that is being written down: words and photos are on the disk as they come. */
import { session } from '../../../app/session.svelte'
import { CaptureError } from '../../../capture/camera'
import { position } from '../../../capture/position.svelte'
import { StorageError, type PhotoRow } from '../../../db'
import { uuid7 } from '../../../domain/ids'
import { m } from '../../../i18n/index.svelte'
import {
  loadReviewDraft,
  putReviewDraft,
  putReviewPhoto,
  saveReview,
  type ReviewDraft,
} from '../data/reviews'
import { rowOf, shoot, shutter } from '../data/shoot'
import type { FindingView } from '../data/views'

const AUTOSAVE_MS = 250

export class Reviewing {
  words = $state.raw<ReviewDraft>({ finding_id: '', passed: null, text: '' })
  photos = $state.raw<PhotoRow[]>([])
  working = $state(false)
  /** Code of what went wrong last; '' when nothing did. */
  problem = $state('')

  #draftId = uuid7()
  #dirty = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly findingId: string) {
    this.words = { ...this.words, finding_id: findingId }
  }

  /** Why it cannot be saved yet, in words; '' when it can. */
  readonly blocked = $derived.by(() => {
    if (this.words.passed === null) return m.inspector.review.needVerdict
    if (this.photos.length === 0) return m.inspector.review.needPhoto
    return this.words.passed === false && this.words.text.trim() === '' ? m.inspector.review.needText : ''
  })

  async open(): Promise<void> {
    const draft = await loadReviewDraft(session.identity?.user_id ?? '', this.findingId)
    if (!draft) return
    this.#draftId = draft.id
    this.words = draft.data
    this.photos = draft.photos
  }

  set(change: Partial<ReviewDraft>): void {
    this.words = { ...this.words, ...change }
    this.#dirty = true
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.keep().catch(() => undefined), AUTOSAVE_MS)
  }

  /** Puts on the disk what is not there yet; called before the camera opens and before the page is left. */
  async keep(always = false): Promise<void> {
    clearTimeout(this.#timer)
    if (!this.#dirty && !always) return
    this.#dirty = false
    await putReviewDraft(this.#draftId, session.identity?.user_id ?? '', this.words)
  }

  async #attempt(work: () => Promise<void>): Promise<boolean> {
    if (this.working) return false
    this.working = true
    try {
      await work()
      this.problem = ''
      return true
    } catch (error) {
      if (!(error instanceof CaptureError) && !(error instanceof StorageError)) throw error
      this.problem = error.code
      return false
    } finally {
      this.working = false
    }
  }

  shoot(file: File, finding: FindingView): Promise<boolean> {
    const when = shutter()
    return this.#attempt(async () => {
      const spot = { street: finding.street, compound: finding.compound_name, place: finding.place }
      const about = { owner_id: this.findingId, owner_kind: 'review', kind: 'A', stage: 'review' } as const
      const taken = await shoot(file, spot, about, when)
      const photo = { ...rowOf(taken), group_id: this.#draftId }
      await putReviewPhoto(this.#draftId, taken.about.user_id, this.words, photo, taken.picture)
      this.#dirty = false
      await this.open()
    })
  }

  /** True when the disk has the verdict. */
  save(finding: FindingView): Promise<boolean> {
    const me = session.identity
    const { passed, text } = this.words
    if (this.blocked || passed === null || !me) return Promise.resolve(false)
    clearTimeout(this.#timer)
    return this.#attempt(async () => {
      this.#dirty = false
      const author = { userId: me.user_id, name: me.display_name }
      await saveReview(this.#draftId, finding, author, { passed, text, position: position.now() }, Date.now())
    })
  }
}

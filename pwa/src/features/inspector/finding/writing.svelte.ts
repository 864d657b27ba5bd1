/** The state of a finding that is being written down: on the screen at once, on the disk right after. */
import { router } from '../../../app/router.svelte'
import { session } from '../../../app/session.svelte'
import { CaptureError, redrawPhoto } from '../../../capture/camera'
import { isVideoFile } from '../../../capture/video'
import { StorageError, type PhotoKind, type PhotoRow, type Shape } from '../../../db'
import type { CatalogueItem, CompoundDoc } from '../../../domain/documents'
import {
  assignKinds,
  changeDraft,
  missingKinds,
  plainPhoto,
  putKinds,
  putPhoto,
  putRedrawn,
  requiredKinds,
  splitPhoto,
  type FindingDraft,
} from '../data/drafts'
import { joinFinding, saveFinding } from '../data/findings'
import { take } from '../data/handover'
import { findItem, loadDraft, type Catalogue, type Draft } from '../data/queries'
import { inMemory, rowOf, shoot, shutter, type Shutter } from '../data/shoot'
import { placeWords } from '../data/spot'
import type { FindingView } from '../data/views'
import { flash } from '../parts/flash.svelte'

const AUTOSAVE_MS = 250

export interface Trouble {
  code: string
  /** Photos that are still only in this page's memory, to be stored again. */
  files: File[]
  kind?: PhotoKind
  replaces?: string
}

export class Writing {
  draft = $state.raw<Draft | null | undefined>(undefined)
  /** Number of photos in the worker. */
  working = $state(0)
  saving = $state(false)
  selected = $state<string | null>(null)
  trouble = $state.raw<Trouble | null>(null)

  #timer: ReturnType<typeof setTimeout> | undefined
  #unwritten: Partial<FindingDraft> = {}
  #writes: Promise<void> = Promise.resolve()
  /** Settles when no photo is in the worker any more. */
  #shooting: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly id: string,
    private readonly catalogue: () => Catalogue | undefined,
    private readonly compound: () => CompoundDoc | undefined,
  ) {}

  readonly data = $derived(this.draft?.data)
  readonly photos = $derived(this.draft?.photos ?? [])
  readonly shown = $derived(this.photos.find((photo) => photo.id === this.selected) ?? this.photos[0] ?? null)

  get item(): CatalogueItem | undefined {
    return findItem(this.catalogue(), this.data?.item_code ?? null)
  }
  get missing(): PhotoKind[] {
    return missingKinds(this.item, this.photos, this.data?.excuses ?? {})
  }

  /** Reads the draft, and takes over the photos that the screen before has brought. */
  async open(): Promise<void> {
    await this.#read()
    const files = take(this.id)
    if (this.draft && files.length > 0) await this.shoot(files)
  }

  async #read(): Promise<void> {
    const draft = await loadDraft(session.identity?.user_id ?? '', this.id)
    this.draft = draft && { ...draft, data: { ...draft.data, ...this.#unwritten } }
  }

  /** Changes something: on the screen now, on the disk in a quarter of a second. */
  set(change: Partial<FindingDraft>): void {
    if (!this.draft) return
    this.draft = { ...this.draft, data: { ...this.draft.data, ...change } }
    this.#unwritten = { ...this.#unwritten, ...change }
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.flush().catch(this.#fail), AUTOSAVE_MS)
  }

  /** Puts on the disk what is not there yet; called before the camera opens and before the page is left. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    const change = this.#unwritten
    this.#unwritten = {}
    if (Object.keys(change).length > 0) {
      this.#writes = this.#writes
        .catch(() => undefined)
        .then(() => changeDraft(this.id, change))
        .catch((error: unknown) => {
          this.#unwritten = { ...change, ...this.#unwritten }
          throw error
        })
    }
    return this.#writes
  }

  readonly #fail = (error: unknown): void => {
    if (!(error instanceof StorageError)) throw error
    this.trouble = { code: error.code, files: [] }
  }

  chooseItem(code: string): void {
    if (!this.draft || this.draft.data.item_code === code) return
    this.set({ item_code: code, severity: null })
    const kinds = assignKinds(this.photos, this.item)
    this.draft = {
      ...this.draft,
      photos: this.photos.map((photo) => ({ ...photo, kind: kinds.get(photo.id) ?? photo.kind })),
    }
    this.#writes = this.#writes.catch(() => undefined).then(() => putKinds(kinds))
    this.#writes.catch(this.#fail)
  }

  /** Photos from the camera: worked on in the worker, then stored with the draft in one transaction each. */
  shoot(files: File[], kind?: PhotoKind, replaces?: string): Promise<void> {
    const work = this.#shootAll(files, kind, replaces)
    this.#shooting = Promise.allSettled([this.#shooting, work])
    return work
  }

  async #shootAll(files: File[], kind?: PhotoKind, replaces?: string): Promise<void> {
    const when = shutter()
    for (const [i, file] of files.entries()) {
      this.working += 1
      try {
        await this.#shootOne(file, when, i === 0 ? kind : undefined, i === 0 ? replaces : undefined)
        if (this.trouble?.files.length) this.trouble = null
      } catch (error) {
        if (error instanceof CaptureError) this.trouble = { code: error.code, files: [] }
        else if (error instanceof StorageError) {
          this.trouble = { code: error.code, files: await inMemory(files.slice(i)), kind, replaces }
          return
        } else throw error
      } finally {
        this.working -= 1
      }
    }
  }

  async #shootOne(file: File, when: Shutter, kind?: PhotoKind, replaces?: string): Promise<void> {
    this.#place(when.fix)
    const compound = this.compound()
    const spot = {
      street: compound?.street ?? '',
      compound: compound?.name ?? '',
      place: this.data!.place,
    }
    const taken = await shoot(
      file,
      spot,
      {
        owner_id: this.id,
        owner_kind: 'finding',
        kind: isVideoFile(file) ? 'V' : this.#kindOf(kind),
        stage: 'before',
      },
      when,
    )
    await this.flush()
    const photo = rowOf(taken)
    await putPhoto(this.draft!.row, photo, taken.picture, replaces)
    await this.#read()
    this.selected = photo.id
  }

  /** What the next still is taken for. */
  #kindOf(asked?: PhotoKind): PhotoKind {
    const stills = [...(asked ? [asked] : []), ...this.missing, ...requiredKinds(this.item)]
    return stills.find((kind) => kind !== 'V') ?? (this.photos.length === 0 ? 'O' : 'C')
  }

  /** Draws on a copy of a photo of this draft; no shapes gives the plain one back. */
  async annotate(id: string, shapes: Shape[]): Promise<void> {
    this.working += 1
    try {
      const plain = await plainPhoto(id)
      if (plain) await putRedrawn(id, shapes, await redrawPhoto(plain, shapes))
      await this.#read()
    } catch (error) {
      if (error instanceof CaptureError) this.trouble = { code: error.code, files: [] }
      else this.#fail(error)
    } finally {
      this.working -= 1
    }
  }

  /** Takes the photo that is shown out into a record of its own. */
  async split(id: string): Promise<void> {
    await this.flush()
    await splitPhoto(session.identity?.user_id ?? '', id)
    this.selected = null
    await this.#read()
  }

  /** The best fix of all its photos is the finding's; the words follow it until a person has written some. */
  #place(fix: PhotoRow['position']): void {
    const data = this.data
    if (!data || !fix) return
    const better =
      !data.position ||
      (data.position.source === 'last_fix' && fix.source !== 'last_fix') ||
      (fix.source !== 'last_fix' && (fix.accuracy_m ?? Infinity) < (data.position.accuracy_m ?? Infinity))
    if (!better) return
    const compound = this.compound()
    const words = compound && !data.place_own && !data.pin ? placeWords(compound, fix) : data.place
    this.set({ position: fix, place: words })
  }

  /** Makes the finding. True when the disk has it. */
  async save(): Promise<boolean> {
    const { item } = this
    const compound = this.compound()
    if (!item || !compound) return false
    return this.#finish((author) =>
      saveFinding({ draftId: this.id, item, compound, author, now: Date.now() }),
    )
  }

  /** Gives the photos to a finding that is known already. True when the disk has it. */
  join(finding: FindingView): Promise<boolean> {
    return this.#finish((author) => joinFinding(this.id, finding, author, Date.now()))
  }

  async #finish(work: (author: { userId: string; name: string }) => Promise<void>): Promise<boolean> {
    if (this.saving) return false
    this.saving = true
    try {
      // Who taps while the photo is still being worked on has said what they want: it is saved when it is there.
      await this.#shooting
      if (this.photos.length === 0 || this.trouble?.files.length) return false
      await this.flush()
      const me = session.identity!
      await work({ userId: me.user_id, name: me.display_name })
      this.trouble = null
      flash.save()
      return true
    } catch (error) {
      this.#fail(error)
      return false
    } finally {
      this.saving = false
    }
  }
}

/** Leaves the screen for the visit that the draft belongs to. */
export function leaveTo(visitId: string | null): void {
  router.go(visitId ? `/i/visit/${visitId}` : '/i/today', { replace: true })
}

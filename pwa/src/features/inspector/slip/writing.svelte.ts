/** A slip that is being filled in: its draft on the disk at each change, what is missing, and the making of it. */
import { session } from '../../../app/session.svelte'
import { CaptureError } from '../../../capture/camera'
import { position } from '../../../capture/position.svelte'
import { StorageError, type PhotoRow } from '../../../db'
import type { CompoundDoc } from '../../../domain/documents'
import { uuid7 } from '../../../domain/ids'
import { m } from '../../../i18n/index.svelte'
import { problemText } from '../../../i18n/problems'
import { toast } from '../../../ui'
import { findItem, type Catalogue } from '../data/queries'
import { shoot } from '../data/shoot'
import {
  emptySlip,
  loadSlipDraft,
  putSlipDraft,
  putSlipPhoto,
  saveSlip,
  type SlipDraft,
  type TermChoice,
} from '../data/slips'
import type { FindingView } from '../data/views'
import { signaturePicture } from './sign'

export class SlipWriting {
  id = uuid7()
  draft = $state.raw<SlipDraft>(emptySlip())
  photos = $state.raw<PhotoRow[]>([])
  /** False until the disk has said whether something was begun. */
  ready = $state(false)
  tried = $state(false)
  working = $state(false)

  constructor(private readonly visitId: string) {}

  private get userId(): string {
    return session.identity!.user_id
  }

  /** Takes up what was begun; else begins with `usual`. */
  async open(usual: Record<string, TermChoice>): Promise<void> {
    const begun = await loadSlipDraft(this.userId, this.visitId)
    if (begun) {
      this.id = begun.id
      this.draft = begun.data
      this.photos = begun.photos
    } else this.draft = { ...emptySlip(), terms: usual }
    this.ready = true
  }

  change(part: Partial<SlipDraft>): void {
    this.draft = { ...this.draft, ...part }
    putSlipDraft(this.id, this.userId, this.visitId, this.draft).catch((error: unknown) => this.tell(error))
  }

  choose(findingId: string, term: TermChoice | null): void {
    const others = Object.entries(this.draft.terms).filter(([id]) => id !== findingId)
    this.change({ terms: Object.fromEntries(term ? [...others, [findingId, term]] : others) })
  }

  /** What is missing, by field, in words; nothing before the first try. */
  missing(lines: number): Partial<Record<'which' | 'name' | 'sign' | 'reason' | 'proof', string>> {
    if (!this.tried) return {}
    const { accepted, recipient, strokes, reason, witness } = this.draft
    const t = m.slip
    return {
      ...(lines === 0 ? { which: t.noneWhich } : {}),
      ...(accepted && recipient.name.trim() === '' ? { name: t.nameWhy } : {}),
      ...(accepted && strokes.length === 0 ? { sign: t.signWhy } : {}),
      ...(!accepted && reason.trim() === '' ? { reason: t.reasonWhy } : {}),
      ...(!accepted && this.photos.length === 0 && witness.name.trim() === '' ? { proof: t.proof } : {}),
    }
  }

  /** A photo of the slip that is left behind. */
  async shoot(file: File, compound: CompoundDoc): Promise<void> {
    await this.attempt(async () => {
      // Its draft first: the photo must not be without one when the page is killed.
      await putSlipDraft(this.id, this.userId, this.visitId, this.draft)
      const spot = { street: compound.street, compound: compound.name, place: '' }
      const about = { owner_id: this.id, owner_kind: 'finding', kind: 'O', stage: 'service' } as const
      const shot = await shoot(file, spot, about)
      await putSlipPhoto(shot.picture, shot.about)
      this.photos = (await loadSlipDraft(this.userId, this.visitId))?.photos ?? []
    })
  }

  /** Makes the slip of the chosen findings; true when the disk has it. */
  async save(
    compound: CompoundDoc,
    chosen: readonly FindingView[],
    catalogue: Catalogue | undefined,
  ): Promise<boolean> {
    this.tried = true
    if (Object.keys(this.missing(chosen.length)).length > 0) return false
    return this.attempt(async () => {
      const me = session.identity!
      await saveSlip({
        id: this.id,
        visitId: this.visitId,
        author: {
          userId: me.user_id,
          name: me.display_name,
          unit: me.organisation.name,
          deviceId: me.device_id ?? me.user_id,
          demo: me.demo,
        },
        compound,
        lines: chosen.map((finding) => ({
          finding,
          item: findItem(catalogue, finding.item_code),
          term: this.draft.terms[finding.id]!,
        })),
        draft: this.draft,
        signature: this.draft.accepted ? await signaturePicture(this.draft.strokes) : null,
        position: position.now(),
        now: Date.now(),
        offset: me.clock_offset_ms,
      })
    })
  }

  private async attempt(work: () => Promise<void>): Promise<boolean> {
    if (this.working) return false
    this.working = true
    try {
      await work()
      return true
    } catch (error) {
      this.tell(error)
      return false
    } finally {
      this.working = false
    }
  }

  private tell(error: unknown): void {
    if (!(error instanceof StorageError) && !(error instanceof CaptureError)) throw error
    toast.show(problemText(error), { tone: 'attention' })
  }
}

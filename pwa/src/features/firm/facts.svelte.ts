/** The facts of this face, read from the phone's stores; what is not here is asked of the server where there is one. */
import { session } from '../../app/session.svelte'
import { live, read, type Live, type OutboxRow, type PhotoRow } from '../../db'
import type { CatalogueItem, FindingDoc } from '../../domain/documents'
import { language } from '../../i18n/index.svelte'
import { poll, type Poll } from '../../remote'
import { items, sync, type OutboxItem } from '../../sync'
import { clock } from './clock.svelte'
import { viewOf, type CasePhoto, type ItemDoc, type NoticeDoc, type NoticeView } from './model'

interface Facts {
  notices: NoticeDoc[]
  findings: Map<string, FindingDoc>
  /** The catalogue by item code; empty until it has been fetched. */
  catalogue: Map<string, CatalogueItem>
  rows: OutboxRow[]
}

const NOTHING: Facts = { notices: [], findings: new Map(), catalogue: new Map(), rows: [] }

const me = (): string => session.identity?.user_id ?? ''

async function readFacts(userId: string): Promise<Facts> {
  return read(['notices', 'findings', 'catalogue', 'outbox'], async (tx) => {
    const notices = await tx.objectStore('notices').getAll()
    const findings = await tx.objectStore('findings').getAll()
    const rows = await tx.objectStore('outbox').index('by_user').getAll(userId)
    const current = (await tx.objectStore('catalogue').get('current'))?.data as
      { items: CatalogueItem[] } | undefined
    const known = findings.map((row) => row.data as FindingDoc | null).filter((doc) => doc !== null)
    return {
      notices: notices.map((row) => row.data as NoticeDoc),
      findings: new Map(known.map((doc) => [doc.id, doc])),
      catalogue: new Map(current?.items.map((item) => [item.code, item])),
      rows: rows.sort((a, b) => a.seq - b.seq),
    }
  })
}

/** The server's documents carry Chinese names; the catalogue has a short one and an English one. */
function nameOf(item: ItemDoc, { catalogue, findings }: Facts): string {
  const entry = catalogue.get(item.item_code)
  if (language() === 'en' && entry) return entry.name_en.charAt(0).toUpperCase() + entry.name_en.slice(1)
  return entry?.short_name ?? findings.get(item.finding_id)?.item_short_name ?? item.item_name
}

/** The department that the case was handed to, while it holds it. */
function heldBy(item: ItemDoc, { findings }: Facts): string | null {
  const finding = findings.get(item.finding_id)
  return finding?.state === 'transferred' ? (finding.department?.name ?? null) : null
}

export interface Desk {
  /** The notices on this phone; undefined until the database has answered. */
  readonly value: NoticeView[] | undefined
  readonly error: unknown
  /** The views of `docs`, e.g. of notices that only the server has. */
  view(docs: readonly NoticeDoc[]): NoticeView[]
}

/** The firm's notices as they stand now. Call while a component initialises. */
export function desk(): Desk {
  const facts: Live<Facts> = live(['notices', 'findings', 'catalogue', 'outbox'], () => readFacts(me()))
  // Lateness changes by the minute, not by the tick of the clock.
  const minute = $derived(Math.floor(clock.now / 60_000) * 60_000)
  function view(docs: readonly NoticeDoc[]): NoticeView[] {
    const known = facts.value ?? NOTHING
    const followers = new Map(
      [...known.notices, ...docs].flatMap((doc) =>
        doc.previous_id ? [[doc.previous_id, doc] as const] : [],
      ),
    )
    const titleOf = (item: ItemDoc): string => nameOf(item, known)
    return docs.map((doc) =>
      viewOf(doc, titleOf, known.rows, minute, followers.get(doc.id) ?? null, (item) => heldBy(item, known)),
    )
  }
  const value = $derived(facts.value && view(facts.value.notices))
  return {
    get value() {
      return value
    },
    get error() {
      return facts.error
    },
    view,
  }
}

/** One notice: from this phone, else from the server. */
export function oneNotice(
  all: Desk,
  id: () => string,
): { readonly value: NoticeView | undefined; poll: Poll<NoticeDoc> } {
  const here = $derived(all.value?.find((notice) => notice.id === id()))
  // The primitive is what `poll` follows: a new view of the same notice must not ask again.
  const missing = $derived(all.value !== undefined && here === undefined ? id() : null)
  const there = poll<NoticeDoc>(() => (missing === null ? null : `/notices/${missing}`), 60_000)
  const value = $derived(here ?? (there.value ? all.view([there.value])[0] : undefined))
  return {
    get value() {
      return value
    },
    poll: there,
  }
}

export interface CasePhotos {
  /** Photos of the case; undefined until known. */
  readonly value: CasePhoto[] | undefined
}

/** Photos of the finding `id()`: those that were pulled, else those that the server names. */
export function casePhotos(id: () => string): CasePhotos {
  const here = live(['photos'], async () => {
    const wanted = id()
    const rows = await read(['photos'], (tx) => tx.objectStore('photos').index('by_owner').getAll(wanted))
    return { id: wanted, rows: rows.filter((row) => row.user_id === undefined) }
  })
  const missing = $derived(here.value?.id === id() && here.value.rows.length === 0 ? id() : null)
  const there = poll<{ photos: CasePhoto[] }>(
    () => (missing === null ? null : `/findings/${missing}`),
    60_000,
  )
  const value = $derived.by(() => {
    if (here.value?.id !== id()) return undefined
    if (here.value.rows.length > 0) return here.value.rows as CasePhoto[]
    return there.value?.photos ?? (there.error ? [] : undefined)
  })
  return {
    get value() {
      return value
    },
  }
}

/** The person's queue by subject, newest last, with what is on its way right now. */
export function queue(): {
  readonly value: OutboxItem[] | undefined
  readonly pending: number | null
  readonly attention: number
} {
  const facts = live(['outbox', 'photos'], async () => {
    const userId = me()
    return read(['outbox', 'photos'], async (tx) => {
      const rows = await tx.objectStore('outbox').index('by_user').getAll(userId)
      const lists = await Promise.all(
        (['queued', 'attention', 'confirmed'] as const).map((state) =>
          tx.objectStore('photos').index('by_state').getAll(state),
        ),
      )
      return { rows, photos: (lists.flat() as PhotoRow[]).filter((photo) => photo.user_id === userId) }
    })
  })
  const value = $derived(
    facts.value &&
      items(facts.value.rows, facts.value.photos, {
        commands: sync.status.commands,
        photos: sync.status.photos,
      }),
  )
  return {
    get value() {
      return value
    },
    /** Things that the server does not have whole; null until the database has answered. */
    get pending() {
      return value === undefined ? null : value.filter((item) => item.state !== 'confirmed').length
    },
    get attention() {
      return value?.filter((item) => item.state === 'attention').length ?? 0
    },
  }
}

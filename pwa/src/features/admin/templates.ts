/** The templates of official documents as the office keeps them, and the calls about them. */
import { get, request } from '../../remote'

export interface OfficeDoc {
  organisation_id: string
  name: string
  document_word: string
  seal_sha256: string | null
  seal_label: string
  reconsideration_body: string
  court: string
  changed_at: string | null
}

export interface TemplateLine {
  document_type: string
  title: string
  title_en: string
  version: number
  author: string | null
  created_at: string | null
  sample_number: string
}

export interface PhraseDoc {
  key: string
  label: string
  label_en: string
  text: string
  default: string
  locked: boolean
  optional: boolean
  blanks: string[]
}

export interface TemplateDoc {
  document_type: string
  title_en: string
  version: number
  latest_version: number
  number_pattern: string
  default_pattern: string
  sample_number: string
  arabic_date: boolean
  parts: string[]
  longest: number
  phrases: PhraseDoc[]
  history: { version: number; author: string | null; created_at: string; note: string }[]
}

export interface Draft {
  number_pattern: string
  arabic_date: boolean
  wording: Record<string, string>
}

/** One page of a preview, and how many there are. */
export interface Preview {
  image: Blob
  pages: number
}

const at = (office: string, type = ''): string =>
  `/documents/templates/${office}${type === '' ? '' : `/${encodeURIComponent(type)}`}`

export const loadOffices = (): Promise<OfficeDoc[]> => get<OfficeDoc[]>('/documents/offices')
export const loadTemplates = (office: string): Promise<TemplateLine[]> => get<TemplateLine[]>(at(office))
export const loadTemplate = (office: string, type: string, version?: number): Promise<TemplateDoc> =>
  get<TemplateDoc>(at(office, type) + (version === undefined ? '' : `?version=${version}`))

/** Only what differs from the packaged words is sent; an emptied optional sentence is sent empty. */
export function draftOf(
  template: TemplateDoc,
  texts: Record<string, string>,
  rest: Omit<Draft, 'wording'>,
): Draft {
  const wording: Record<string, string> = {}
  for (const phrase of template.phrases) {
    const text = texts[phrase.key]
    if (!phrase.locked && text !== undefined && text !== phrase.default) wording[phrase.key] = text
  }
  return { ...rest, wording }
}

/** Blanks of the packaged sentence that a changed one has lost or gained: such a sentence is refused. */
export function wrongBlanks(phrase: PhraseDoc, text: string): string[] {
  if (text.trim() === '') return []
  const found = [...text.matchAll(/\{([a-z_]*)\}/g)].map((match) => match[1]!)
  const lost = phrase.blanks.filter((name) => !found.includes(name))
  const gained = found.filter((name, index) => !phrase.blanks.includes(name) || found.indexOf(name) !== index)
  return [...lost, ...gained]
}

/** Rejects with ApiProblem or NetworkError. */
export async function saveTemplate(
  office: string,
  type: string,
  body: Draft & { base_version: number; note: string },
): Promise<TemplateDoc> {
  return (await request<TemplateDoc>(at(office, type), { method: 'PUT', body })).data
}

/** A page of the document with invented facts, as a picture. Rejects with ApiProblem or NetworkError. */
export async function preview(office: string, type: string, draft: Draft, page: number): Promise<Preview> {
  const answer = await request<ArrayBuffer>(`${at(office, type)}/preview?page=${page}`, {
    method: 'POST',
    body: draft,
    bytes: true,
  })
  const pages = Number(answer.headers.get('Page-Count') ?? '1')
  return { image: new Blob([answer.data], { type: 'image/png' }), pages }
}

/** Rejects with ApiProblem or NetworkError. */
export async function saveOffice(office: string, body: Record<string, string>): Promise<OfficeDoc> {
  return (await request<OfficeDoc>(`/documents/offices/${office}`, { method: 'PUT', body })).data
}

/** An empty file removes the seal. Rejects with ApiProblem or NetworkError. */
export async function saveSeal(office: string, image: Blob): Promise<OfficeDoc> {
  const headers = { 'Content-Type': 'application/octet-stream' }
  return (
    await request<OfficeDoc>(`/documents/offices/${office}/seal`, { method: 'PUT', body: image, headers })
  ).data
}

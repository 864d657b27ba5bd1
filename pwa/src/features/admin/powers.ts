/** The registers of powers and certificates, and what the catalogue lets a power rest on. */
import { get, post, request } from '../../remote'
import type { Named } from './model'

interface Termed {
  id: string
  valid_from: string
  valid_to: string | null
  note: string
  author: string | null
  created_at: string
  state: 'in_force' | 'coming' | 'over'
  ended_on: string | null
  ended_at: string | null
  ended_by: string | null
  end_reason: string | null
}

export interface PowerDoc extends Termed {
  organisation_id: string
  organisation: string
  item_code: string | null
  item_group: string | null
  statute: string
  article: number | null
  basis: string
}

export interface CertificateDoc extends Termed {
  user: Named
  organisation: Named
  number: string
}

interface Law {
  name: string
  articles: { article: number }[]
}

export interface CatalogueDoc {
  groups: { code: string; name: string; name_en: string }[]
  items: { code: string; group: string; name: string; short_name: string; name_en: string; law: Law[] }[]
}

export const loadPowers = (): Promise<PowerDoc[]> => get<PowerDoc[]>('/documents/powers')
export const loadCertificates = async (): Promise<CertificateDoc[]> =>
  (await get<{ items: CertificateDoc[] }>('/users/certificates')).items
export const loadCatalogue = async (): Promise<CatalogueDoc> =>
  (await get<{ catalogue: CatalogueDoc }>('/checklists/current')).catalogue

export const registerPower = (body: Record<string, unknown>): Promise<PowerDoc> =>
  post<PowerDoc>('/documents/powers', body)
export const enterCertificate = (body: Record<string, unknown>): Promise<CertificateDoc> =>
  post<CertificateDoc>('/users/certificates', body)

/** Ends a row of one of the registers on its last day. */
export async function endTerm(path: string, ended_on: string, reason: string): Promise<void> {
  await request(`${path}/end`, { method: 'PUT', body: { ended_on, reason } })
}

/** Statutes that the catalogue names for an item or a group, with their articles in order. */
export function statutesOf(catalogue: CatalogueDoc, scope: string): { name: string; articles: number[] }[] {
  const found = new Map<string, Set<number>>()
  for (const item of catalogue.items) {
    if (item.code !== scope && item.group !== scope) continue
    for (const law of item.law) {
      if (law.articles.length === 0) continue
      const articles = found.get(law.name) ?? new Set<number>()
      for (const one of law.articles) articles.add(one.article)
      found.set(law.name, articles)
    }
  }
  return [...found].map(([name, articles]) => ({ name, articles: [...articles].sort((a, b) => a - b) }))
}

/** The day before a day, both as a date field has them. */
export function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10)
}

/** Whether `day` can be the last of a term. */
export function canEnd(row: Pick<Termed, 'valid_from' | 'valid_to'>, day: string): boolean {
  return day >= dayBefore(row.valid_from) && (row.valid_to === null || day <= row.valid_to)
}

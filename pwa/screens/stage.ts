/** Brings a case of the demo district to the moment that a picture shows. */
import { uuid7, type FindingDoc, type NoticeDoc, type Person } from '../e2e/api'

/** The blocked fire lane: the hazard that the pictures of the firm are about. */
const HERO = 'FP-02'

/** Confirms what waits at the compound of the blocked fire lane and puts it all into one notice to `firm`. */
export async function issueTo(official: Person, firm: string): Promise<NoticeDoc> {
  const waiting: FindingDoc[] = []
  for (const box of ['triage', 'issue']) {
    const page = await official.get<{ items: FindingDoc[] }>(`/findings?inbox=${box}&limit=100`)
    waiting.push(...page.items.filter((finding) => finding.firm?.id === firm))
  }
  const hero = waiting.find((finding) => finding.item_code === HERO)
  const chosen = waiting.filter((finding) => hero && finding.compound_id === hero.compound_id)
  if (!hero)
    throw new Error('the blocked fire lane is not waiting any more: take the pictures on a fresh database')
  for (const finding of chosen) {
    if (finding.state === 'submitted') await official.act('confirm_finding', { finding_id: finding.id })
  }
  chosen.sort((a, b) => Number(b === hero) - Number(a === hero))
  const notice_id = uuid7()
  const items = chosen.map((finding) => ({ finding_id: finding.id }))
  await official.act('issue_notice', { notice_id, items, without_missing_photos: true })
  return official.get<NoticeDoc>(`/notices/${notice_id}`)
}

import { describe, expect, it } from 'vitest'
import type { NoticeDoc, NoticeItemDoc } from '../model'
import { correctionBody, correctionOf, lineFault, lineOf, papersOf, type PaperDoc } from './ending'

const paper = (id: string, more: Partial<PaperDoc> = {}): PaperDoc => ({
  id,
  document_type: 'N2',
  number: id,
  title: '',
  edition: 0,
  issued_at: '',
  state: 'in_force',
  ended_at: null,
  end_reason: null,
  supersedes_id: null,
  refers_to_id: null,
  verify_url: '',
  ...more,
})
const item = {
  finding_id: 'f1',
  requirement: '清除石墩',
  legal_basis: '《消防法》第二十八条',
  printed_due_at: '2026-11-27T10:00:00+00:00',
} as NoticeItemDoc
const notice = { id: 'n1', contact: '何督01', contact_phone: '0999', items: [item] } as unknown as NoticeDoc

describe('the papers of a notice', () => {
  it('are its editions in a row, and what refers to any of them', () => {
    const all = [
      paper('c', { supersedes_id: 'b' }),
      paper('b', { supersedes_id: 'a', state: 'superseded' }),
      paper('a', { state: 'superseded' }),
      paper('receipt', { refers_to_id: 'a' }),
      paper('other'),
      paper('elsewhere', { refers_to_id: 'other' }),
    ]
    const found = papersOf(all, 'c')
    expect(found.editions.map((one) => one.id)).toEqual(['c', 'b', 'a'])
    expect(found.companions.map((one) => one.id)).toEqual(['receipt'])
    expect(papersOf([], 'c')).toEqual({ editions: [], companions: [] })
  })
})

describe('a correction', () => {
  it('sends only what differs, and nothing where nothing does', () => {
    const said = correctionOf(notice)
    expect(correctionBody(notice, said)).toBeNull()
    said.contact = ' 何督01 '
    expect(correctionBody(notice, said)).toBeNull()
    said.lines['f1']!.due = '2026-11-30T18:00'
    said.reason = ' 期限写早了 '
    expect(correctionBody(notice, said)).toEqual({
      notice_id: 'n1',
      reason: '期限写早了',
      items: [{ finding_id: 'f1', due_at: '2026-11-30T10:00:00.000Z' }],
      contact: null,
      contact_phone: null,
    })
  })

  it('moves no date earlier and leaves no words out', () => {
    const edit = lineOf(item)
    expect(lineFault(item, edit)).toBeNull()
    expect(lineFault(item, { ...edit, due: '2026-11-27T17:59' })).toBe('earlier')
    expect(lineFault(item, { ...edit, due: '' })).toBe('empty')
    expect(lineFault(item, { ...edit, requirement: ' ' })).toBe('empty')
  })
})

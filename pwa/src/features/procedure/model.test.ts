import { describe, expect, test } from 'vitest'
import {
  fieldMoment,
  localDay,
  localField,
  newest,
  nextStep,
  timeline,
  type ProcedureDoc,
  type ServiceDoc,
} from './model'

const service = (change: Partial<ServiceDoc> = {}): ServiceDoc => ({
  state: 'unserved',
  serve_by: '2026-11-25T18:00:00+08:00',
  served_at: null,
  method: null,
  opened_at: null,
  acknowledged_at: null,
  acts: [],
  ...change,
})
const item = (change: Partial<ProcedureDoc> = {}) => ({
  asks: 'rectify' as const,
  stages: [],
  deadline_changes: [],
  extensions: [],
  objection: null,
  duty_report: null,
  may_extend_until: null,
  extension_refusal: null,
  extensions_left: 0,
  may_object: false,
  responses: [],
  reviews: [],
  ...change,
})
const extension = {
  id: 'e',
  reason_code: 'materials',
  reason: '',
  interim_measures: '',
  due_before: '2026-12-01T10:00:00Z',
  wanted_due_at: '2026-12-05T10:00:00Z',
  requested_at: '2026-11-22T02:00:00Z',
  decision_text: null,
  document_id: null,
}

describe('timeline', () => {
  test('acts stand in the order of their times, a granted extension moves the date once', () => {
    const notice = {
      issued_at: '2026-11-20T02:00:00Z',
      acknowledged_at: '2026-11-20T05:00:00Z',
      service: service({ opened_at: '2026-11-20T04:00:00Z' }),
    }
    const events = timeline(
      notice,
      item({
        extensions: [
          {
            ...extension,
            state: 'granted',
            decided_at: '2026-11-23T02:00:00Z',
            granted_due_at: '2026-12-04T10:00:00Z',
          },
        ],
        deadline_changes: [
          {
            changed_at: '2026-11-20T04:00:00Z',
            due_before: '',
            due_after: '2026-12-01T10:00:00Z',
            reason: 'service',
          },
          {
            changed_at: '2026-11-23T02:00:00Z',
            due_before: '',
            due_after: '2026-12-04T10:00:00Z',
            reason: 'extension',
          },
        ],
      }),
    )
    expect(events.map((event) => event.kind)).toEqual([
      'issued',
      'opened',
      'moved',
      'acknowledged',
      'extension_asked',
      'extension_decided',
    ])
  })

  test('a letter under way and one that came back are no service', () => {
    const act = {
      id: 'a',
      method: 'post' as const,
      attempted_at: '2026-11-21T02:00:00Z',
      served_at: null,
      server: null,
      place: '',
      recipient: null,
      relation: null,
      refusal_reason: null,
      witness: null,
      channel: null,
      tracking_number: '1',
      published_on: null,
      failure: null,
      document_id: null,
      signature_photo_id: null,
      video_ids: [],
      photo_ids: [],
    }
    const acts = [
      { ...act, state: 'pending' as const },
      { ...act, id: 'b', state: 'failed' as const, failure: '退回' },
    ]
    const notice = {
      issued_at: '2026-11-20T02:00:00Z',
      acknowledged_at: null,
      service: service({ acts }),
    }
    expect(timeline(notice, item()).map((event) => event.kind)).toEqual(['issued', 'attempted', 'returned'])
  })
})

test('the step that comes next counts what is on its way', () => {
  const found = { at: '', text: '', counterpart: '', photo_ids: [] }
  expect(nextStep(null)).toBe('found')
  expect(nextStep(null, ['found'])).toBe('dissuaded')
  expect(nextStep({ id: 'r', state: 'found', document_id: null, found }, ['dissuaded'])).toBe('reported')
  const all = {
    id: 'r',
    state: 'reported' as const,
    document_id: null,
    found,
    dissuaded: found,
    reported: found,
  }
  expect(nextStep(all)).toBeNull()
})

test('what waits is shown before what was decided', () => {
  expect(
    newest([{ state: 'refused' as const }, { state: 'pending' as const }, { state: 'moot' as const }]),
  ).toEqual({
    state: 'pending',
  })
  expect(newest([{ state: 'refused' as const }, { state: 'granted' as const }])).toEqual({ state: 'granted' })
  expect(newest([])).toBeNull()
})

test('fields of date and time speak China Standard Time, whatever the browser does', () => {
  expect(localField('2026-11-20T18:30:00Z')).toBe('2026-11-21T02:30')
  expect(localDay(Date.parse('2026-11-20T18:30:00Z'))).toBe('2026-11-21')
  expect(fieldMoment('2026-11-21T02:30')).toBe('2026-11-20T18:30:00.000Z')
  expect(fieldMoment('')).toBeNull()
})

import { expect, test } from 'vitest'
import { blank, bodyOf, lacking, type ServeForm } from './serving'

const form = (change: Partial<ServeForm>): ServeForm => ({
  ...blank('2026-11-21T10:00', '2026-11-21'),
  ...change,
})
const IDS = { service_id: 's', notice_ids: ['n', 'o'], signature: 'p' }

test.each([
  [form({}), false, 0, ['name', 'place', 'relation', 'signature']],
  [form({ name: '刘某', relation: 'agent', place: '门岗' }), true, 0, []],
  [form({ method: 'left_in_place', refusal: '拒收', place: '门岗' }), false, 0, ['photos']],
  [form({ method: 'left_in_place', refusal: '拒收', place: '门岗', witness: '周某' }), false, 0, []],
  [form({ method: 'left_in_place', refusal: '拒收', place: '门岗' }), false, 1, []],
  [form({ method: 'electronic' }), false, 0, ['channel']],
  [form({ method: 'post', tracking: 'EMS1' }), false, 0, []],
  [form({ method: 'post', tracking: 'EMS1', delivered: '2026-11-22T10:00' }), false, 0, ['photos']],
  [form({ method: 'announcement' }), false, 0, ['announcementReason']],
])('what the method wants is named: %#', (given, signed, photos, missing) => {
  expect([...lacking(given, signed, photos)].sort()).toEqual(missing)
})

test('only what belongs to the method is sent', () => {
  const direct = bodyOf(form({ name: ' 刘某 ', relation: 'agent', tracking: 'x' }), IDS, null)
  expect(direct['recipient']).toEqual({ name: '刘某', title: '', phone: '' })
  expect([direct['signature_photo_id'], direct['notice_ids']]).toEqual(['p', ['n', 'o']])
  expect(direct).not.toHaveProperty('tracking_number')
  const post = bodyOf(form({ method: 'post', tracking: 'EMS1' }), IDS, null)
  expect([post['tracking_number'], post['delivered_at']]).toEqual(['EMS1', null])
  expect(post).not.toHaveProperty('signature_photo_id')
  const told = bodyOf(form({ method: 'announcement', announcementReason: '下落不明' }), IDS, null)
  expect([told['served_at'], told['published_on']]).toEqual([null, '2026-11-21'])
})

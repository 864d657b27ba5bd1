import { describe, expect, test } from 'vitest'
import type { PhotoDoc } from '../model'
import { evidence, metresApart, originalsOf, pairFacts, photoSet } from './photos'

const photo = (id: string, more: Partial<PhotoDoc> = {}): PhotoDoc => ({
  id,
  case_id: 'f',
  visit_id: null,
  group_id: 'f',
  stage: 'before',
  kind: 'C',
  sha256: 'aa',
  original_sha256: null,
  size: 1,
  mime: 'image/jpeg',
  captured_at: '2026-11-20T09:07:00+08:00',
  state: 'stored',
  stored_at: null,
  position: { lon: 119.62, lat: 38.94 },
  accuracy_m: 6,
  flags: [],
  ...more,
})

describe('photos of a case', () => {
  test('overviews first, the newest answer first', () => {
    const set = photoSet([
      photo('close'),
      photo('wide', { kind: 'O', captured_at: '2026-11-20T09:09:00+08:00' }),
      photo('old', { stage: 'after', group_id: 'r1', captured_at: '2026-11-21T09:00:00+08:00' }),
      photo('new-2', { stage: 'after', group_id: 'r2', captured_at: '2026-11-23T09:41:00+08:00' }),
      photo('new-1', { stage: 'after', group_id: 'r2', captured_at: '2026-11-23T09:40:00+08:00' }),
      photo('visit', { stage: 'visit' }),
    ])
    expect(set.before.map((one) => one.id)).toEqual(['wide', 'close'])
    expect(set.after.map((one) => one.id)).toEqual(['new-1', 'new-2', 'old'])
  })

  test('videos and camera files, each with what became of it; hashes alone are no news', () => {
    const at = '2026-11-20T10:00:00+08:00'
    const photos = [
      photo('film', {
        original_sha256: 'ff',
        original_mime: 'video/mp4',
        original_size: 9,
        original_stored_at: at,
      }),
      photo('waits', { original_sha256: 'ee', original_mime: 'image/heic', original_size: 8 }),
      photo('hash', { original_sha256: 'dd' }),
      photo('as-it-was', { original_sha256: 'aa' }),
    ]
    const { videos, stills } = originalsOf(photos)
    expect(videos.map(({ photo: { id }, state }) => [id, state])).toEqual([['film', 'stored']])
    expect(stills.map(({ photo: { id }, state }) => [id, state])).toEqual([
      ['waits', 'expected'],
      ['hash', 'hash'],
    ])
    expect(originalsOf([photo('hash', { original_sha256: 'dd' })]).stills).toEqual([])
  })

  test('distance, and none without a position', () => {
    const near = photo('b', { position: { lon: 119.62, lat: 38.94002 } })
    expect(metresApart(photo('a'), near)).toBeCloseTo(2.2, 1)
    expect(metresApart(photo('a'), photo('b', { position: null }))).toBeNull()
    expect(metresApart(photo('a'), undefined)).toBeNull()
  })

  test('elsewhere only when the fixes cannot explain it; reused bytes are told', () => {
    const far = photo('b', { position: { lon: 119.62, lat: 38.9408 }, flags: ['reused'] })
    expect(pairFacts(photo('a'), far)).toMatchObject({ elsewhere: true, reused: true })
    const vague = photo('b', { position: { lon: 119.62, lat: 38.9408 }, accuracy_m: 120 })
    expect(pairFacts(photo('a'), vague)).toMatchObject({ elsewhere: false, reused: false })
  })

  test('evidence counts what is here and what is spoilt', () => {
    const photos = [
      photo('a'),
      photo('b', { state: 'expected' }),
      photo('c', { flags: ['photo.not_an_image'] }),
    ]
    expect(evidence({ photos })).toEqual({ stored: 2, expected: 3, spoilt: 1 })
  })
})

/** Documents as the server describes them (contract/openapi.json), as far as the phone reads them. */
import type { AreaGeometry, LonLat } from './geo'

export type Severity = 'critical' | 'major' | 'general'
export type AnswerResult = 'pass' | 'fail' | 'not_applicable'

export interface CompoundDoc {
  id: string
  name: string
  path: string
  street: string
  community: string
  four_bounds: string
  firm: { id: string; name: string; short_name: string } | null
  manager: { name: string; phone: string | null } | null
  buildings: number
  households: number
  is_high_rise: boolean
  centre: LonLat
  outline: AreaGeometry
  /** Polygons in the order of `building_names`. */
  building_outlines: { type: string; coordinates?: unknown; geometries?: unknown[] } | null
  building_names: string[]
}

export interface RoundDoc {
  id: string
  inspector_id: string
  level: string
  period_key: string
  title: string
  starts_on: string
  ends_on: string
  state: string
  checklist_version_id: string
  path: string
}

export interface VisitDoc {
  id: string
  round_id: string | null
  compound_id: string
  inspector_id: string
  seq: number
  state: 'planned' | 'arrived' | 'left' | 'missed'
  arrived_at: string | null
  left_at: string | null
  position: LonLat | null
  accuracy_m: number | null
  flags: string[]
  checklist_version_id: string
  answers: Record<string, AnswerResult>
}

export interface FindingDoc {
  id: string
  compound_id: string
  compound_name: string
  street: string
  community: string
  visit_id: string | null
  item_code: string
  item_name: string
  item_short_name: string
  severity: Severity
  responsible: string
  text: string
  place: string
  position: LonLat | null
  accuracy_m: number | null
  flags: string[]
  /** Why a kind of photo cannot be had, by kind. */
  photo_excuses: Partial<Record<PhotoDoc['kind'], string>>
  captured_at: string
  received_at: string | null
  found_by: { id: string; name: string }
  state: string
  progress: 'open' | 'replied' | 'closed'
  overdue: boolean
  due_at: string | null
  due_provisional: boolean
  overdue_at: string | null
  closed_at: string | null
  notice_id: string | null
  notice_number: string | null
  orders: number
  failed_reviews: number
  reviewer_id: string | null
  firm: { id: string; name: string } | null
  /** Who holds the case since a transfer; absent in documents of an older server. */
  department?: { id: string; name: string } | null
  photos_expected: number
  photos_stored: number
  cover_photo_id: string | null
  actions: string[]
}

export interface PhotoDoc {
  id: string
  case_id: string | null
  visit_id: string | null
  group_id: string
  stage: 'before' | 'after' | 'review' | 'visit' | 'service' | 'duty' | 'transfer' | 'objection'
  kind: 'O' | 'C' | 'M' | 'L' | 'T' | 'V' | 'A'
  sha256: string
  original_sha256: string | null
  /** Bytes of the camera's own file, where it was announced or has arrived. */
  original_size?: number | null
  /** `video/…`: the photo is the poster of a video. */
  original_mime?: string | null
  original_stored_at?: string | null
  /** How long a video runs. */
  original_ms?: number | null
  size: number
  mime: string
  captured_at: string
  state: 'expected' | 'stored'
  stored_at: string | null
  position: LonLat | null
  accuracy_m: number | null
  /** For the person who sends it, once it is stored: the server's signed word (sync/receipts.ts). */
  receipt?: unknown
}

export interface ResponseDoc {
  id: string
  text: string
  submitted_at: string
  late: boolean
  /** submitted, need_more, accepted, passed, failed or withdrawn. */
  state?: string
  /** What the reviewer still wants to see. */
  more_asked?: string | null
  photo_ids: string[]
}

export interface ReviewDoc {
  id: string
  passed: boolean
  text: string
  reviewed_at: string
  reviewer: string
  photo_ids: string[]
}

export interface NoticeItemDoc {
  id: string
  finding_id: string
  item_code: string
  item_name: string
  requirement: string
  due_at: string
  provisional: boolean
  state: string
  responses: ResponseDoc[]
  reviews: ReviewDoc[]
}

export interface NoticeDoc {
  id: string
  number: string
  order_no: number
  state: string
  issued_at: string
  firm: { id: string; name: string }
  compound: { id: string; name: string }
  items: NoticeItemDoc[]
}

/** One stage of a deadline in the catalogue: 2 hour, 15 day, 0 now. */
export interface TermStage {
  stage: string
  n: number
  unit: 'now' | 'hour' | 'duty_hour' | 'day' | 'workday'
}

export interface CatalogueItem {
  code: string
  group: string
  name: string
  name_en: string
  short_name: string
  pinyin: string
  short_pinyin: string
  severity: Severity
  parties: string[]
  deadline: TermStage[]
  photos: { kind: PhotoDoc['kind']; note?: string }[]
  requirement: string
}

export interface CatalogueGroup {
  code: string
  name: string
  short_name: string
  name_en: string
  walk: number
}

export interface ChecklistLine {
  code: string
  text: string
  text_en: string
  /** Catalogue items under which a failure is filed, likeliest first. */
  items: string[]
}

export interface ChecklistDoc {
  id: string
  set_code: string
  version: string
  name: string
  items: ChecklistLine[]
}

/** Answer of GET /api/checklists/current. */
export interface CurrentChecklists {
  catalogue: { version: string; groups: CatalogueGroup[]; items: CatalogueItem[] }
  checklists: ChecklistDoc[]
}

/** The form of a service (送达): what each method asks for, and the command that it makes. Pure. */
import { fieldMoment, type ServiceMethod } from '../../procedure/model'

export interface ServeForm {
  method: ServiceMethod
  place: string
  at: string
  name: string
  title: string
  phone: string
  relation: string
  refusal: string
  witness: string
  witnessTitle: string
  channel: string
  tracking: string
  delivered: string
  announcementReason: string
  published: string
  remark: string
}

export const blank = (at: string, day: string): ServeForm => ({
  method: 'direct',
  place: '',
  at,
  name: '',
  title: '',
  phone: '',
  relation: '',
  refusal: '',
  witness: '',
  witnessTitle: '',
  channel: '',
  tracking: '',
  delivered: '',
  announcementReason: '',
  published: day,
  remark: '',
})

/** Fields that the method wants and that are empty; `signed` and `photos` say what hangs on the form. */
export function lacking(form: ServeForm, signed: boolean, photos: number): Set<string> {
  const wanted: Record<ServiceMethod, (keyof ServeForm)[]> = {
    direct: ['name', 'relation', 'place', 'at'],
    left_in_place: ['refusal', 'place', 'at'],
    electronic: ['channel', 'at'],
    post: ['tracking', 'at'],
    announcement: ['announcementReason', 'published'],
  }
  const missing = new Set<string>(wanted[form.method].filter((name) => form[name].trim() === ''))
  if (form.method === 'direct' && !signed) missing.add('signature')
  if (form.method === 'left_in_place' && photos === 0 && form.witness.trim() === '') missing.add('photos')
  if (form.method === 'post' && form.delivered !== '' && photos === 0) missing.add('photos')
  return missing
}

/** Body of `serve_notice` without its photos. */
export function bodyOf(
  form: ServeForm,
  ids: { service_id: string; notice_ids: string[]; signature: string | null },
  position: unknown,
): Record<string, unknown> {
  const text = (value: string): string | null => value.trim() || null
  const party = (name: string, title: string, phone = ''): Record<string, string> | null =>
    name.trim() === '' ? null : { name: name.trim(), title: title.trim(), phone: phone.trim() }
  const own: Record<ServiceMethod, Record<string, unknown>> = {
    direct: {
      recipient: party(form.name, form.title, form.phone),
      relation: text(form.relation),
      signature_photo_id: ids.signature,
    },
    left_in_place: { refusal_reason: text(form.refusal), witness: party(form.witness, form.witnessTitle) },
    electronic: { channel: text(form.channel) },
    post: { tracking_number: text(form.tracking), delivered_at: fieldMoment(form.delivered) },
    announcement: {
      announcement_reason: text(form.announcementReason),
      published_on: text(form.published),
    },
  }
  return {
    service_id: ids.service_id,
    notice_ids: ids.notice_ids,
    method: form.method,
    served_at: form.method === 'announcement' ? null : fieldMoment(form.at),
    place: form.place.trim(),
    remark: form.remark.trim(),
    position,
    ...own[form.method],
  }
}

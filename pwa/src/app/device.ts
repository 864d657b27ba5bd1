/** This device: an id for each account on it, kept for good, and a name that people know when a phone is lost. */
import { getSetting, setSetting } from '../db'
import { uuid7 } from '../domain/ids'

/** The id of this installation for one account; made once and stored. */
export async function deviceId(username: string): Promise<string> {
  const key = `device.id.${username}`
  const known = await getSetting<string | null>(key, null)
  if (known) return known
  const made = uuid7()
  await setSetting(key, made)
  return made
}

/** A first guess of a label, e.g. "Android · Chrome". */
export function deviceLabel(agent: string = navigator.userAgent): string {
  const system = /Android/.test(agent)
    ? 'Android'
    : /iPhone|iPad/.test(agent)
      ? 'iPhone'
      : /Windows/.test(agent)
        ? 'Windows'
        : /Mac OS/.test(agent)
          ? 'Mac'
          : 'Linux'
  const browser = /MicroMessenger/.test(agent)
    ? '微信'
    : /Edg\//.test(agent)
      ? 'Edge'
      : /Chrome\//.test(agent)
        ? 'Chrome'
        : /Safari\//.test(agent)
          ? 'Safari'
          : 'Firefox'
  return `${system} · ${browser}`
}

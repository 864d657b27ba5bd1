/** The key that a one-time link was claimed with, kept on this device beside the end of its token. Pure of the page. */

const nameOf = (token: string): string => `xunjian.link.${token.slice(-24)}`

/** The key of this link on this device; null when it was never claimed here. */
export function heldKey(token: string): string | null {
  try {
    return localStorage.getItem(nameOf(token))
  } catch {
    return null
  }
}

/** Keeps the key; false where the browser refuses, and the link then works as long as the page stays open. */
export function keepKey(token: string, key: string): boolean {
  try {
    localStorage.setItem(nameOf(token), key)
    return true
  } catch {
    return false
  }
}

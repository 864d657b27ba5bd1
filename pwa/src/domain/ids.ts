/** Identifiers that the phone makes: UUID version 7 (RFC 9562), sortable by the time of their making. */

let lastMs = 0
let counter = 0

/**
 * A UUIDv7 string, lower case. Within one page the values never go backwards: inside one millisecond (or when
 * the phone's clock is set back) a 12-bit counter rises, and when it overflows the time part is pushed on by 1 ms.
 * The server checks the version and never trusts the time inside.
 */
export function uuid7(now: number = Date.now()): string {
  const random = crypto.getRandomValues(new Uint8Array(8))
  if (now > lastMs) {
    lastMs = now
    counter = crypto.getRandomValues(new Uint8Array(1))[0]! // low start leaves room to count upwards
  } else if (++counter > 0xfff) {
    lastMs += 1
    counter = 0
  }
  random[0] = (random[0]! & 0x3f) | 0x80
  const tail = hex(random)
  const time = lastMs.toString(16).padStart(12, '0')
  const count = counter.toString(16).padStart(3, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${tail.slice(0, 4)}-${tail.slice(4)}`
}

/** Lower-case hexadecimal of bytes, two digits each. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

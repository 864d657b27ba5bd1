/**
 * A QR code (ISO/IEC 18004) of short text: byte mode, error correction M, versions 1 to 10, which hold 213 bytes. Drawn
 * on the phone, since a slip is shown where there is no server. Pure.
 */

/** Rows of modules, true is dark; without the quiet zone of four modules that a reader wants around it. */
export type Modules = boolean[][]

/** By version: error correction words of a block, blocks, all words. */
const SIZES: readonly (readonly [number, number, number])[] = [
  [10, 1, 26],
  [16, 1, 44],
  [26, 1, 70],
  [18, 2, 100],
  [24, 2, 134],
  [16, 4, 172],
  [18, 4, 196],
  [22, 4, 242],
  [22, 5, 292],
  [26, 5, 346],
]
/** Centres of the small squares, by version. */
const SQUARES: readonly (readonly number[])[] = [
  [],
  [6, 18],
  [6, 22],
  [6, 26],
  [6, 30],
  [6, 34],
  [6, 22, 38],
  [6, 24, 42],
  [6, 26, 46],
  [6, 28, 50],
]
const MASKS: readonly ((row: number, column: number) => boolean)[] = [
  (r, c) => (r + c) % 2 === 0,
  (r) => r % 2 === 0,
  (_, c) => c % 3 === 0,
  (r, c) => (r + c) % 3 === 0,
  (r, c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2 === 0,
  (r, c) => ((r * c) % 2) + ((r * c) % 3) === 0,
  (r, c) => (((r * c) % 2) + ((r * c) % 3)) % 2 === 0,
  (r, c) => (((r + c) % 2) + ((r * c) % 3)) % 2 === 0,
]

/** The code of `text`, with the mask that reads best unless one is given. Throws RangeError when it is too long. */
export function qrCode(text: string, mask?: number): Modules {
  const bytes = new TextEncoder().encode(text)
  const version = versionFor(bytes.length)
  const words = interleave(pack(bytes, version), version)
  const drawn = (mask === undefined ? MASKS.map((_, i) => i) : [mask]).map((m) => draw(words, version, m))
  return drawn.reduce((best, each) => (blame(each) < blame(best) ? each : best))
}

const dataWords = (version: number): number => {
  const [correction, blocks, all] = SIZES[version - 1]!
  return all - correction * blocks
}
const countBits = (version: number): number => (version < 10 ? 8 : 16)

function versionFor(length: number): number {
  const fits = SIZES.findIndex((_, i) => length * 8 + 4 + countBits(i + 1) <= dataWords(i + 1) * 8)
  if (fits < 0) throw new RangeError('too long for a code')
  return fits + 1
}

/** Mode, length, bytes, end, and the two filling words in turn. */
function pack(bytes: Uint8Array, version: number): Uint8Array {
  const bits: number[] = []
  const push = (value: number, length: number): void => {
    for (let i = length - 1; i >= 0; i--) bits.push((value >> i) & 1)
  }
  push(0b0100, 4)
  push(bytes.length, countBits(version))
  for (const byte of bytes) push(byte, 8)
  const room = dataWords(version) * 8
  push(0, Math.min(4, room - bits.length))
  while (bits.length % 8 !== 0) bits.push(0)
  for (let filler = 0xec; bits.length < room; filler ^= 0xec ^ 0x11) push(filler, 8)
  return Uint8Array.from({ length: room / 8 }, (_, i) =>
    bits.slice(i * 8, i * 8 + 8).reduce((word, bit) => (word << 1) | bit, 0),
  )
}

/** Product in the field of 256 with the polynomial 0x11d. */
function times(a: number, b: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d)
    if ((b >> bit) & 1) product ^= a
  }
  return product
}

function generator(degree: number): number[] {
  let poly = [1]
  for (let i = 0, root = 1; i < degree; i++, root = times(root, 2)) {
    const next = [...poly, 0]
    poly.forEach((coefficient, j) => (next[j + 1]! ^= times(coefficient, root)))
    poly = next
  }
  return poly.slice(1)
}

/** Reed-Solomon words of one block. */
function correction(data: Uint8Array, divisor: readonly number[]): number[] {
  const rest = new Array<number>(divisor.length).fill(0)
  for (const word of data) {
    const factor = word ^ rest.shift()!
    rest.push(0)
    divisor.forEach((coefficient, i) => (rest[i]! ^= times(coefficient, factor)))
  }
  return rest
}

/** Blocks with their correction, one word of each in turn; the first blocks may be one word shorter. */
function interleave(data: Uint8Array, version: number): number[] {
  const [degree, blocks] = SIZES[version - 1]!
  const divisor = generator(degree)
  const short = Math.floor(data.length / blocks)
  const longer = blocks - (data.length % blocks)
  const parts: Uint8Array[] = []
  for (let i = 0, at = 0; i < blocks; i++) {
    const length = short + (i >= longer ? 1 : 0)
    parts.push(data.subarray(at, (at += length)))
  }
  const checks = parts.map((part) => correction(part, divisor))
  const words: number[] = []
  for (let i = 0; i <= short; i++) for (const part of parts) if (i < part.length) words.push(part[i]!)
  for (let i = 0; i < degree; i++) for (const check of checks) words.push(check[i]!)
  return words
}

function draw(words: readonly number[], version: number, mask: number): Modules {
  const size = version * 4 + 17
  const modules: (boolean | null)[][] = Array.from({ length: size }, () => new Array(size).fill(null))
  const set = (row: number, column: number, dark: boolean): void => {
    if (row >= 0 && row < size && column >= 0 && column < size) modules[row]![column] = dark
  }
  for (let i = 8; i < size - 8; i++) {
    set(6, i, i % 2 === 0)
    set(i, 6, i % 2 === 0)
  }
  for (const [row, column] of [
    [3, 3],
    [3, size - 4],
    [size - 4, 3],
  ] as const) {
    square(row, column, 4, (distance) => distance !== 2 && distance !== 4, set)
  }
  const centres = SQUARES[version - 1]!
  for (const row of centres) {
    for (const column of centres) {
      if (isFinder(row, column, size)) continue
      square(row, column, 2, (distance) => distance !== 1, set)
    }
  }
  format(mask, size, set)
  if (version >= 7) versionBlocks(version, size, set)
  fill(words, modules, mask)
  return modules as Modules
}

const isFinder = (row: number, column: number, size: number): boolean =>
  (row === 6 && column === 6) || (row === 6 && column === size - 7) || (row === size - 7 && column === 6)

type Setter = (row: number, column: number, dark: boolean) => void

/** A pattern of rings around a centre; `dark` says it by the distance. */
function square(
  row: number,
  column: number,
  reach: number,
  dark: (distance: number) => boolean,
  set: Setter,
): void {
  for (let r = -reach; r <= reach; r++) {
    for (let c = -reach; c <= reach; c++) {
      set(row + r, column + c, dark(Math.max(Math.abs(r), Math.abs(c))))
    }
  }
}

/** Remainder of a BCH code. */
function bch(value: number, degree: number, poly: number): number {
  let rest = value
  for (let i = 0; i < degree; i++) rest = (rest << 1) ^ ((rest >> (degree - 1)) * poly)
  return rest
}

/** Level M is 00, so that the mask alone makes the five bits. */
function format(mask: number, size: number, set: Setter): void {
  const bits = ((mask << 10) | bch(mask, 10, 0x537)) ^ 0x5412
  const bit = (i: number): boolean => ((bits >> i) & 1) === 1
  for (let i = 0; i < 6; i++) set(i, 8, bit(i))
  set(7, 8, bit(6))
  set(8, 8, bit(7))
  set(8, 7, bit(8))
  for (let i = 9; i < 15; i++) set(8, 14 - i, bit(i))
  for (let i = 0; i < 8; i++) set(8, size - 1 - i, bit(i))
  for (let i = 8; i < 15; i++) set(size - 15 + i, 8, bit(i))
  set(size - 8, 8, true)
}

function versionBlocks(version: number, size: number, set: Setter): void {
  const bits = (version << 12) | bch(version, 12, 0x1f25)
  for (let i = 0; i < 18; i++) {
    const dark = ((bits >> i) & 1) === 1
    const [far, near] = [size - 11 + (i % 3), Math.floor(i / 3)]
    set(near, far, dark)
    set(far, near, dark)
  }
}

/** The words in columns of two from the right, upwards and downwards in turn, around what stands. */
function fill(words: readonly number[], modules: (boolean | null)[][], mask: number): void {
  const size = modules.length
  const masked = MASKS[mask]!
  let at = 0
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5
    const upward = ((right + 1) & 2) === 0
    for (let step = 0; step < size; step++) {
      const row = upward ? size - 1 - step : step
      for (const column of [right, right - 1]) {
        if (modules[row]![column] !== null) continue
        const dark = (((words[at >> 3] ?? 0) >> (7 - (at & 7))) & 1) === 1
        modules[row]![column] = dark !== masked(row, column)
        at++
      }
    }
  }
}

/** How hard a reader would find it: long runs, blocks, look-alikes of the corners, too much of one colour. */
function blame(modules: Modules): number {
  const size = modules.length
  const columns = modules.map((_, c) => modules.map((row) => row[c]!))
  let points = 0
  for (const line of [...modules, ...columns]) {
    const text = line.map((dark) => (dark ? '1' : '0')).join('')
    for (const run of text.match(/0{5,}|1{5,}/g) ?? []) points += run.length - 2
    for (const look of ['10111010000', '00001011101']) {
      for (let from = text.indexOf(look); from >= 0; from = text.indexOf(look, from + 1)) points += 40
    }
  }
  for (let r = 0; r + 1 < size; r++) {
    for (let c = 0; c + 1 < size; c++) {
      const first = modules[r]![c]
      const same =
        modules[r]![c + 1] === first && modules[r + 1]![c] === first && modules[r + 1]![c + 1] === first
      if (same) points += 3
    }
  }
  const dark = modules.flat().filter(Boolean).length / size ** 2
  return points + 10 * Math.floor(Math.abs(dark - 0.5) * 20)
}

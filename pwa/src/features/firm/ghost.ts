/**
 * The outline that is laid over the live view: edges of the before photo, white on nothing. Sobel over luminance after
 * a small blur; the threshold follows the picture, so that a grey wall and a sunny yard both give lines and not fog.
 * Pure: pixels in, pixels out.
 */

/** Pixels as canvas has them: RGBA, row by row. */
export interface Pixels {
  data: Uint8ClampedArray
  width: number
  height: number
}

/** Share of the picture that may be line. */
const INK = 0.12
/** Gradients below this (of about 1,020) are noise of the sensor, however flat the picture is. */
const LEAST = 48

/** Luminance 0–255 (Rec. 601). */
export function luminance({ data, width, height }: Pixels): Float32Array {
  const grey = new Float32Array(width * height)
  for (let i = 0; i < grey.length; i++) {
    grey[i] = 0.299 * data[i * 4]! + 0.587 * data[i * 4 + 1]! + 0.114 * data[i * 4 + 2]!
  }
  return grey
}

/** Mean of the 3 × 3 neighbourhood; the rim keeps its values. */
export function blur(grey: Float32Array, width: number, height: number): Float32Array {
  const out = Float32Array.from(grey)
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      let sum = 0
      for (let dy = -1; dy <= 1; dy++)
        for (let dx = -1; dx <= 1; dx++) sum += grey[(y + dy) * width + x + dx]!
      out[y * width + x] = sum / 9
    }
  }
  return out
}

/** Strength of the Sobel gradient; 0 on the rim. */
export function gradient(grey: Float32Array, width: number, height: number): Float32Array {
  const out = new Float32Array(grey.length)
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x
      const [nw, n, ne] = [grey[i - width - 1]!, grey[i - width]!, grey[i - width + 1]!]
      const [w, e] = [grey[i - 1]!, grey[i + 1]!]
      const [sw, s, se] = [grey[i + width - 1]!, grey[i + width]!, grey[i + width + 1]!]
      out[i] = Math.hypot(ne + 2 * e + se - nw - 2 * w - sw, sw + 2 * s + se - nw - 2 * n - ne)
    }
  }
  return out
}

/** The strength above which the strongest {@link INK} of the pixels lie. */
export function threshold(strength: Float32Array): number {
  const bins = new Uint32Array(1024)
  for (const value of strength) bins[Math.min(1023, Math.floor(value))]!++
  let left = strength.length * INK
  for (let bin = 1023; bin > LEAST; bin--) {
    left -= bins[bin]!
    if (left <= 0) return bin
  }
  return LEAST
}

/** White lines on a transparent ground, of the size of `picture`. */
export function outline(picture: Pixels): Pixels {
  const { width, height } = picture
  const strength = gradient(blur(luminance(picture), width, height), width, height)
  const from = threshold(strength)
  const data = new Uint8ClampedArray(width * height * 4)
  for (let i = 0; i < strength.length; i++) {
    if (strength[i]! < from) continue
    data[i * 4] = data[i * 4 + 1] = data[i * 4 + 2] = 255
    // From half to full over the next doubling: soft edges stay softer than hard ones.
    data[i * 4 + 3] = Math.min(255, 128 + (127 * (strength[i]! - from)) / from)
  }
  return { data, width, height }
}

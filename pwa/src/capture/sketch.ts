/**
 * What a finger draws on a photo: an arrow, a circle, a blur over a face or a plate. Drawn on a copy; the rendition and
 * the camera's file stay as they were. Blurring is a mosaic of means, coarse enough that nothing can be got back.
 */
import type { Shape } from '../db'

export type { Shape } from '../db'

/** Pixels as canvas has them: RGBA, row by row. */
interface Pixels {
  data: Uint8ClampedArray
  width: number
  height: number
}

interface Box {
  x: number
  y: number
  width: number
  height: number
}

/** Cells across the shorter side of what is blurred: a plate of seven signs has none left. */
const CELLS = 5
/** Shorter strokes are a slip of the thumb, in shares of the longer side. */
export const LEAST_STROKE = 0.025

/** The box of a shape in pixels, inside the picture, whole numbers. */
export function boxOf({ from, to }: Shape, width: number, height: number): Box {
  const clamp = (value: number, most: number): number => Math.max(0, Math.min(most, Math.round(value)))
  const left = clamp(Math.min(from.x, to.x) * width, width)
  const top = clamp(Math.min(from.y, to.y) * height, height)
  return {
    x: left,
    y: top,
    width: clamp(Math.max(from.x, to.x) * width, width) - left,
    height: clamp(Math.max(from.y, to.y) * height, height) - top,
  }
}

/** Whether a stroke was meant. */
export const meant = ({ from, to }: Shape): boolean =>
  Math.hypot(to.x - from.x, to.y - from.y) >= LEAST_STROKE

/** Every cell of `box` becomes its mean. Works in place. */
export function mosaic(pixels: Pixels, box: Box): void {
  const side = Math.max(8, Math.ceil(Math.min(box.width, box.height) / CELLS))
  for (let top = box.y; top < box.y + box.height; top += side) {
    for (let left = box.x; left < box.x + box.width; left += side) {
      const right = Math.min(left + side, box.x + box.width)
      const bottom = Math.min(top + side, box.y + box.height)
      level(pixels, left, top, right, bottom)
    }
  }
}

function level({ data, width }: Pixels, left: number, top: number, right: number, bottom: number): void {
  const sum = [0, 0, 0]
  const count = (right - left) * (bottom - top)
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      for (let c = 0; c < 3; c++) sum[c]! += data[(y * width + x) * 4 + c]!
    }
  }
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      for (let c = 0; c < 3; c++) data[(y * width + x) * 4 + c] = sum[c]! / count
    }
  }
}

/** The three points of an arrow's head, in pixels. */
export function arrowHead(
  from: { x: number; y: number },
  to: { x: number; y: number },
  size: number,
): [{ x: number; y: number }, { x: number; y: number }] {
  const angle = Math.atan2(to.y - from.y, to.x - from.x)
  const wing = (turn: number): { x: number; y: number } => ({
    x: to.x - size * Math.cos(angle + turn),
    y: to.y - size * Math.sin(angle + turn),
  })
  return [wing(0.5), wing(-0.5)]
}

/** Width of a stroke for a picture of this size. */
export const strokeOf = (width: number, height: number): number =>
  Math.max(3, Math.round(Math.max(width, height) / 180))

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D

function trace(context: Context, shape: Shape, width: number, height: number, stroke: number): void {
  const at = ({ x, y }: { x: number; y: number }): { x: number; y: number } => ({
    x: x * width,
    y: y * height,
  })
  const [from, to] = [at(shape.from), at(shape.to)]
  context.beginPath()
  if (shape.kind === 'circle') {
    const { x, y, width: w, height: h } = boxOf(shape, width, height)
    context.ellipse(x + w / 2, y + h / 2, Math.max(1, w / 2), Math.max(1, h / 2), 0, 0, 2 * Math.PI)
  } else {
    const [left, right] = arrowHead(from, to, stroke * 6)
    context.moveTo(from.x, from.y)
    context.lineTo(to.x, to.y)
    context.moveTo(left.x, left.y)
    context.lineTo(to.x, to.y)
    context.lineTo(right.x, right.y)
  }
}

/** Draws all shapes over the picture that `context` holds: blurs first, then red strokes with a white edge. */
export function draw(context: Context, shapes: readonly Shape[], width: number, height: number): void {
  const blurs = shapes.filter((shape) => shape.kind === 'blur')
  if (blurs.length > 0) {
    const pixels = context.getImageData(0, 0, width, height)
    for (const shape of blurs) mosaic(pixels, boxOf(shape, width, height))
    context.putImageData(pixels, 0, 0)
  }
  const stroke = strokeOf(width, height)
  context.lineCap = context.lineJoin = 'round'
  for (const shape of shapes.filter(({ kind }) => kind !== 'blur')) {
    for (const [colour, extra] of [
      ['#ffffff', Math.max(2, stroke * 0.8)],
      ['#d5190b', 0],
    ] as const) {
      trace(context, shape, width, height, stroke)
      context.strokeStyle = colour
      context.lineWidth = stroke + extra
      context.stroke()
    }
  }
}

/** The strokes of a signature as a picture, blue on white. */
import { takePhoto, type Picture } from '../../../capture/camera'

const [WIDTH, HEIGHT] = [900, 360]

/** Strokes are flat lists of x, y in shares of the box. Rejects with CaptureError. */
export async function signaturePicture(strokes: readonly (readonly number[])[]): Promise<Picture> {
  const canvas = document.createElement('canvas')
  canvas.width = WIDTH
  canvas.height = HEIGHT
  const context = canvas.getContext('2d', { alpha: false })!
  context.fillStyle = '#fff'
  context.fillRect(0, 0, WIDTH, HEIGHT)
  Object.assign(context, { strokeStyle: '#0b1a4a', lineWidth: 7, lineCap: 'round', lineJoin: 'round' })
  for (const stroke of strokes) {
    context.beginPath()
    for (let i = 0; i + 1 < stroke.length; i += 2) {
      context.lineTo(stroke[i]! * WIDTH, stroke[i + 1]! * HEIGHT)
    }
    context.stroke()
  }
  const blob = await new Promise<Blob>((resolve, reject) =>
    canvas.toBlob((made) => (made ? resolve(made) : reject(new Error('no picture'))), 'image/jpeg', 0.92),
  )
  return takePhoto(blob, [])
}

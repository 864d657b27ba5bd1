/**
 * The slip as a picture: shown, shared or printed on the spot, so that the firm has it at once. Its words are Chinese
 * whatever the phone speaks, since they are addressed to the firm; the official document says the same.
 */
import { qrCode } from '../../../domain/qr'
import { shanghai, type Instant } from '../../../domain/deadlines'
import type { SlipData } from '../data/slips'

const WIDTH = 750
const MARGIN = 48
const INNER = WIDTH - 2 * MARGIN
const FAMILY = '"Noto Serif CJK SC", "Songti SC", "Source Han Serif SC", serif'
const PLAIN = '"PingFang SC", "Noto Sans CJK SC", system-ui, sans-serif'
const INK = '#111'
const QUIET = 4

const TERM_WORDS = {
  now: '立即整改，最迟',
  2: '2小时内，即',
  6: '6小时内，即',
  12: '12小时内，即',
  24: '24小时内，即',
  48: '48小时内，即',
  72: '72小时内，即',
} as const

const RELATION_WORDS = {
  principal: '负责人',
  mail_receiver: '负责收件的人',
  agent: '代理人',
  legal_representative: '法定代表人',
} as const

/** 2026年11月21日10时32分, as on the official document. */
export function formalTime(at: Instant): string {
  const w = shanghai(at)
  return `${w.year}年${w.month}月${w.day}日${w.hour}时${String(w.minute).padStart(2, '0')}分`
}

export interface PaperLine {
  text: string
  size: number
  bold?: boolean
  align?: 'centre' | 'right'
  /** Space above. */
  above?: number
}

/** Everything that stands above the code, from top to bottom. */
export function paperLines(data: SlipData, handedAt: string, official: string | null): PaperLine[] {
  const lines: PaperLine[] = [
    { text: data.unit, size: 28, align: 'centre' },
    { text: '现场整改通知单', size: 44, bold: true, align: 'centre', above: 10 },
    official
      ? { text: official, size: 26, align: 'right', above: 18 }
      : { text: `临时编号 ${data.number}（编号以系统为准）`, size: 26, align: 'right', above: 18 },
    { text: `${data.firm}：`, size: 28, bold: true, above: 18 },
    {
      text: `　　${formalTime(handedAt)}，我方对你单位管理的${data.compound.street}${data.compound.community}${data.compound.name}进行检查，发现下列${data.items.length}项问题，请按期限整改：`,
      size: 28,
      above: 8,
    },
  ]
  data.items.forEach((item, i) => {
    lines.push({ text: `${i + 1}. ${item.code} ${item.name}`, size: 28, bold: true, above: 18 })
    const seen = [item.place, item.text].filter(Boolean).join('，')
    if (seen) lines.push({ text: seen, size: 26 })
    if (item.requirement) lines.push({ text: `要求：${item.requirement}`, size: 26 })
    lines.push({ text: `期限：${TERM_WORDS[item.term]}${formalTime(item.due_at)}前`, size: 26 })
  })
  lines.push({ text: '　　逾期不整改或者整改不到位的，将依照有关规定处理。', size: 26, above: 18 })
  lines.push({ text: `巡查人员：${data.inspector}`, size: 26, above: 18 })
  lines.push({ text: `交付时间：${formalTime(handedAt)}`, size: 26 })
  const spot = data.position
  if (spot) lines.push({ text: `交付位置：东经${spot.lon.toFixed(5)}，北纬${spot.lat.toFixed(5)}`, size: 26 })
  return [...lines, ...handedTo(data)]
}

function handedTo({ recipient, relation, refusal, witness }: SlipData): PaperLine[] {
  const lines: PaperLine[] = []
  if (recipient) {
    const who = [recipient.name, recipient.title, relation && RELATION_WORDS[relation], recipient.phone]
    lines.push({ text: `签收人：${who.filter(Boolean).join('，')}`, size: 26, above: 10 })
  }
  if (refusal) lines.push({ text: `☒ 拒绝签收，理由：${refusal}`, size: 26, above: 10 })
  if (witness)
    lines.push({ text: `见证人：${[witness.name, witness.title].filter(Boolean).join('，')}`, size: 26 })
  return lines
}

const LEADING = 1.5
const CLOSING = '，。；：、）」》'

interface Placed extends PaperLine {
  y: number
}

/** Breaks lines where the paper ends; words of Latin letters may break too, as in a number. */
function place(
  context: CanvasRenderingContext2D,
  lines: readonly PaperLine[],
): { placed: Placed[]; end: number } {
  const placed: Placed[] = []
  let y = MARGIN
  for (const line of lines) {
    context.font = fontOf(line)
    y += line.above ?? 0
    let rest = line.text
    while (rest !== '') {
      let n = 1
      while (n < rest.length && context.measureText(rest.slice(0, n + 1)).width <= INNER) n++
      // No line begins with a mark that belongs to the one before: it hangs into the margin.
      if (rest.length > n && CLOSING.includes(rest.charAt(n))) n++
      y += line.size * LEADING
      placed.push({ ...line, text: rest.slice(0, n), y })
      rest = rest.slice(n)
    }
  }
  return { placed, end: y }
}

const fontOf = ({ size, bold }: PaperLine): string => `${bold ? 700 : 400} ${size}px ${bold ? PLAIN : FAMILY}`

/** Draws the slip; `signature` is the picture that was signed. Rejects where a picture cannot be decoded. */
export async function drawSlip(
  data: SlipData,
  handedAt: string,
  official: string | null,
  url: string,
  signature: ArrayBuffer | null,
): Promise<Blob> {
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')!
  const { placed, end } = place(context, paperLines(data, handedAt, official))
  const signed = signature && (await createImageBitmap(new Blob([signature], { type: 'image/jpeg' })))
  const signHeight = signed ? 150 : 0
  const modules = qrCode(url)
  const scale = Math.floor(250 / (modules.length + 2 * QUIET))
  const side = scale * (modules.length + 2 * QUIET)
  canvas.width = WIDTH
  canvas.height = Math.ceil(end + signHeight + side + MARGIN + 40)
  context.fillStyle = '#fff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.fillStyle = INK
  for (const line of placed) {
    context.font = fontOf(line)
    context.textAlign = line.align === 'centre' ? 'center' : line.align === 'right' ? 'right' : 'left'
    const x = line.align === 'centre' ? WIDTH / 2 : line.align === 'right' ? WIDTH - MARGIN : MARGIN
    context.fillText(line.text, x, line.y)
  }
  if (signed) {
    const width = Math.min(INNER, (signed.width / signed.height) * (signHeight - 20))
    context.drawImage(signed, MARGIN, end + 12, width, (width * signed.height) / signed.width)
    signed.close()
  }
  foot(context, modules, scale, end + signHeight + 16, side, data)
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('no picture of the slip'))),
      'image/png',
    ),
  )
}

function foot(
  context: CanvasRenderingContext2D,
  modules: boolean[][],
  scale: number,
  top: number,
  side: number,
  data: SlipData,
): void {
  const from = MARGIN - QUIET * scale
  modules.forEach((row, r) =>
    row.forEach((dark, c) => {
      if (dark) context.fillRect(from + (c + QUIET) * scale, top + (r + QUIET) * scale, scale, scale)
    }),
  )
  context.textAlign = 'left'
  const words = [
    '扫码查验真伪、整改进度',
    `临时编号 ${data.number}`,
    `校验码 ${data.check.slice(0, 4)} ${data.check.slice(4)}`,
    '手机联网登记后可查',
    ...(data.demo ? ['演示数据，不具法律效力'] : []),
  ]
  words.forEach((text, i) => {
    context.font = `${i === 0 ? 700 : 400} 24px ${PLAIN}`
    context.fillText(text, from + side + 8, top + QUIET * scale + 24 + i * 40)
  })
}

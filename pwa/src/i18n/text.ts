/** Typographic care for text on screen. */

const HAN = '\\u3400-\\u9fff\\uf900-\\ufaff'
const AFTER_HAN = new RegExp(`([${HAN}])([0-9A-Za-z±])`, 'g')
const BEFORE_HAN = new RegExp(`([0-9A-Za-z%℃])([${HAN}])`, 'g')
/** Dates and document numbers are set solid: 11月20日, 〔2026〕第37号. */
const SOLID = /(\d+) (年|月|日)|(第) (\d+) (号)|(年|月) (\d)/g

/** Puts a space between Hanzi and Latin letters or digits, as the screen wants it (paper has none). */
export function spaced(text: string): string {
  return text
    .replace(AFTER_HAN, '$1 $2')
    .replace(BEFORE_HAN, '$1 $2')
    .replace(SOLID, (_all, n, unit, di, num, hao, unit2, n2) =>
      n !== undefined ? `${n}${unit}` : di !== undefined ? `${di}${num}${hao}` : `${unit2}${n2}`,
    )
}

/** Typographic care for text on screen. */

const HAN = '\\u3400-\\u9fff\\uf900-\\ufaff'
const AFTER_HAN = new RegExp(`([${HAN}])([0-9A-Za-z±])`, 'g')
const BEFORE_HAN = new RegExp(`([0-9A-Za-z%℃])([${HAN}])`, 'g')
/** Full dates and document numbers are set solid: 11月20日, 〔2026〕第37号. A count of days is not: 15 日. */
const DATE = /(?:(\d{4}) 年 ?)?(\d{1,2}) 月 ?(\d{1,2}) 日/g
const NUMBER = /第 (\d+) 号(?!楼)/g

/** Puts a space between Hanzi and Latin letters or digits, as the screen wants it (paper has none). */
export function spaced(text: string): string {
  return text
    .replace(AFTER_HAN, '$1 $2')
    .replace(BEFORE_HAN, '$1 $2')
    .replace(DATE, (_all, year: string | undefined, month: string, day: string) =>
      year === undefined ? `${month}月${day}日` : `${year}年${month}月${day}日`,
    )
    .replace(NUMBER, '第$1号')
}

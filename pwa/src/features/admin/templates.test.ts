import { describe, expect, test } from 'vitest'
import { draftOf, wrongBlanks, type PhraseDoc, type TemplateDoc } from './templates'

const phrase = (more: Partial<PhraseDoc>): PhraseDoc => ({
  key: 'opening',
  label: '开头',
  label_en: 'Opening',
  text: '',
  default: '{when}，{who}检查',
  locked: false,
  optional: false,
  blanks: ['when', 'who'],
  ...more,
})

describe('a template', () => {
  test('is sent as what differs from the packaged words, without what law fixes', () => {
    const template = {
      phrases: [
        phrase({}),
        phrase({ key: 'basis', default: '依据', locked: true }),
        phrase({ key: 'scan', default: '扫码' }),
      ],
    } as unknown as TemplateDoc
    const texts = { opening: '{when}，{who}查看', basis: '别的', scan: '扫码' }
    expect(draftOf(template, texts, { number_pattern: 'p', arabic_date: false })).toEqual({
      number_pattern: 'p',
      arabic_date: false,
      wording: { opening: '{when}，{who}查看' },
    })
  })

  test('names blanks that were lost, invented or doubled', () => {
    expect(wrongBlanks(phrase({}), '{when}{who}')).toEqual([])
    expect(wrongBlanks(phrase({}), '{when}')).toEqual(['who'])
    expect(wrongBlanks(phrase({}), '{when}{who}{place}')).toEqual(['place'])
    expect(wrongBlanks(phrase({}), '{when}{who}{who}')).toEqual(['who'])
    expect(wrongBlanks(phrase({}), '')).toEqual([])
  })
})

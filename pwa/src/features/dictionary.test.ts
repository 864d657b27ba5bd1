// @vitest-environment node
/** A face whose code asks for words that do not come with it would break where no other test looks. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { zh } from '../i18n/zh'

const SOURCE = normalize(join(import.meta.dirname, '..'))
const SHELL = ['app', 'common', 'dates', 'problems']

function fileOf(from: string, path: string): string | undefined {
  const base = normalize(join(dirname(from), path))
  return [base, `${base}.ts`, `${base}.svelte`, `${base}.svelte.ts`, `${base}/index.ts`].find(
    (each) => /\.(ts|svelte)$/.test(each) && existsSync(each),
  )
}

/** Names of `m.name` in a file and in all that it imports, now or later. */
function asked(start: string): Set<string> {
  const found = new Set<string>()
  const files = new Set([start])
  for (const file of files) {
    if (file.includes('/i18n/zh/')) continue
    const text = readFileSync(file, 'utf8')
    for (const [, name] of text.matchAll(/\bm\.(\w+)\b/g)) if (name! in zh) found.add(name!)
    for (const [, path] of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
      const next = fileOf(file, path!)
      if (next) files.add(next)
    }
  }
  return found
}

test.each(['inspector/Face', 'firm/Face', 'supervisor/Face', 'admin/Face', 'link/Link'])(
  'the words of %s come with it',
  (face) => {
    const brought = /addWords\(\{([^}]*)\}/.exec(
      readFileSync(join(SOURCE, 'features', dirname(face), 'dictionary.ts'), 'utf8'),
    )![1]!
    const words = new Set([...SHELL, ...brought.split(',').map((each) => each.trim())])
    expect([...asked(join(SOURCE, 'features', `${face}.svelte`))].filter((name) => !words.has(name))).toEqual(
      [],
    )
  },
)

/**
 * Whether the simulator would notice: each fault of scripts/mutants.data.mjs is put into a copy of the sync engine, and
 * the copy runs from seed 1 on until a promise is broken, or RUNS (8,000) schedules have kept them all. ONLY=<name>
 * tries one. A table, and 1 if a fault was not found.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { MUTANTS } from './mutants.data.mjs'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const RUNS = Number(process.env.RUNS ?? 8_000)
const root = at('../node_modules/.mutants')

/** Every edit must apply to exactly one place: a fault that is not there would be called hard to find. */
function edited(name, edits) {
  const left = new Map(edits.map((edit) => [edit, edit.file]))
  return {
    plugin: {
      name: 'fault',
      enforce: 'pre',
      transform(code, id) {
        for (const edit of edits) {
          if (!id.endsWith(`/src/${edit.file}`)) continue
          if (code.split(edit.from).length !== 2)
            throw new Error(`${name}: not once in ${edit.file}: ${edit.from}`)
          code = code.replace(edit.from, () => edit.to)
          left.delete(edit)
        }
        return code
      },
    },
    missing: () => [...left.values()],
  }
}

async function tried({ name, edits }, n) {
  const outDir = `${root}/${n}`
  const { plugin, missing } = edited(name, edits)
  await build({
    configFile: false,
    logLevel: 'error',
    define: { __APP_VERSION__: '"0.1.0"' },
    plugins: [plugin],
    build: {
      ssr: at('../src/sync/simulation/simulate.ts'),
      outDir,
      copyPublicDir: false,
      target: 'node20',
      minify: false,
    },
  })
  if (missing().length > 0) throw new Error(`${name}: never seen: ${missing().join()}`)
  const program = `
    const { lighten, simulate } = await import('${outDir}/simulate.js')
    lighten()
    Error.stackTraceLimit = 0
    console.error = () => undefined
    const told = ({ runs, failure }) => ({ runs, broken: failure?.broken ?? null })
    process.stdout.write(JSON.stringify(told(await simulate(1, ${RUNS}))), () => process.exit(0))`
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 600_000,
  })
  // A fault that makes the engine throw where nobody catches, or never end, is noticed too.
  if (child.status !== 0)
    return { runs: null, broken: child.stderr.trim().split('\n').at(-1) || 'does not end' }
  return JSON.parse(child.stdout)
}

mkdirSync(root, { recursive: true })
const chosen = MUTANTS.filter(({ name }) => !process.env.ONLY || name === process.env.ONLY)
console.log('| fault | noticed after | by |\n|---|--:|---|')
let unnoticed = 0
for (const [n, mutant] of chosen.entries()) {
  const { runs, broken } = await tried(mutant, n)
  if (!broken) unnoticed += 1
  const words = broken
    ?.replace(/ ?[0-9a-f]{8}-[0-9a-f-]{27}/g, '')
    .replace(/: \{.*$/s, '')
    .slice(0, 100)
  console.log(`| ${mutant.name} | ${broken ? (runs ?? '–') : `**not in ${RUNS}**`} | ${words ?? ''} |`)
}
rmSync(root, { recursive: true, force: true })
process.exit(unnoticed > 0 ? 1 : 0)

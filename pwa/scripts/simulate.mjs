/**
 * The sync engine against chance: SEED (first, default 1) and RUNS (default 5,000) from the environment. A failure
 * prints its seed and the smallest plan that still fails, and ends with 1; `SEED=<seed> RUNS=1` replays it exactly.
 */
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const entry = fileURLToPath(new URL('../src/sync/simulation/simulate.ts', import.meta.url))
const outDir = fileURLToPath(new URL('../node_modules/.simulate', import.meta.url))
await build({
  configFile: false,
  logLevel: 'error',
  define: { __APP_VERSION__: '"0.1.0"' },
  build: { ssr: entry, outDir, emptyOutDir: true, copyPublicDir: false, target: 'node20', minify: false },
})
const { lighten, simulate } = await import(`${outDir}/simulate.js`)

lighten()
// Nobody reads where an error came from that was thrown on purpose.
Error.stackTraceLimit = 0
console.error = () => undefined
const first = Number(process.env.SEED ?? 1)
const runs = Number(process.env.RUNS ?? 5_000)
const began = performance.now()
const rate = (done) => Math.round((done * 60_000) / (performance.now() - began))
const report = await simulate(first, runs, (done, steps) => {
  if (process.stderr.isTTY || done % 50_000 === 0) {
    process.stderr.write(`\r${done} runs, ${steps} steps, ${rate(done)} a minute `)
  }
})
if (report.failure) console.log(JSON.stringify(report.failure))
console.log(
  JSON.stringify({
    simulate: report.failure ? 'failed' : 'kept',
    first_seed: first,
    runs: report.runs,
    steps: report.steps,
    runs_per_minute: rate(report.runs),
    cpu_seconds: Math.round(process.cpuUsage().user / 1e5) / 10,
  }),
)
process.exit(report.failure ? 1 : 0)

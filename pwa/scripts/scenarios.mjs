/**
 * What phones asked of the model of the server in SEEDS (comma-separated, from the environment), as JSON: a list of
 * scenarios, each a list of exchanges. tests/contract/test_server_model.py replays them against the real server.
 */
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const path = fileURLToPath(new URL('../src/sync/simulation/scenarios.ts', import.meta.url))
const define = { __APP_VERSION__: '"0.1.0"' }
const { module } = await runnerImport(path, { configFile: false, logLevel: 'error', define })
console.error = () => undefined
const scenarios = []
for (const seed of process.env.SEEDS.split(',')) scenarios.push(await module.scenario(Number(seed)))
process.stdout.write(JSON.stringify(scenarios), () => process.exit(0))

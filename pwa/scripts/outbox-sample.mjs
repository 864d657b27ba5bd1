/**
 * Makes an outbox file with the app's own writer, for tests of other readers.
 *   node scripts/outbox-sample.mjs DESCRIPTION.json OUT.xjbox
 * DESCRIPTION: {"passphrase": "…", "office": {"id": "…", "key": "<b64url>"}, "created_at": "…",
 *   "records": [{"type": "manifest", "json": {…}}, …, {"type": "bytes", "base64": "…"}, {"type": "end", "json": {…}}]}
 */
import { createWriteStream, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const [description, out] = process.argv.slice(2)
if (!description || !out) {
  console.error('usage: node scripts/outbox-sample.mjs DESCRIPTION.json OUT.xjbox')
  process.exit(2)
}
const wanted = JSON.parse(readFileSync(description, 'utf8'))
const path = fileURLToPath(new URL('../src/sync/outboxFile.ts', import.meta.url))
const { module } = await runnerImport(path, { configFile: false, logLevel: 'error' })

async function* records() {
  for (const { type, json, base64 } of wanted.records) {
    yield json ? { type, json } : { type, bytes: new Uint8Array(Buffer.from(base64, 'base64')) }
  }
}
const lockers = {
  passphrase: wanted.passphrase,
  office: wanted.office && { id: wanted.office.id, key: module.fromBase64url(wanted.office.key) },
}
const file = createWriteStream(out)
for await (const piece of module.seal(records(), lockers, wanted.created_at ?? new Date().toISOString())) {
  file.write(piece)
}
await new Promise((resolve, reject) => file.end((error) => (error ? reject(error) : resolve())))

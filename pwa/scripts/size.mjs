// Prints what a first visit loads, gzipped: the entry and what it imports statically, against 60 KB; then every chunk.
import { readdir, readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'

const LIMIT = 60 * 1024
const html = await readFile('dist/index.html', 'utf8')
const gz = new Map()
for (const name of await readdir('dist/assets')) {
  if (/\.(js|css)$/.test(name))
    gz.set(`assets/${name}`, gzipSync(await readFile(`dist/assets/${name}`)).length)
}
const first = new Set(
  [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map((hit) => hit[1]),
)
// Static imports only; `import(` is what a face is fetched by.
for (const name of first) {
  if (!name.endsWith('.js')) continue
  const code = await readFile(`dist/${name}`, 'utf8')
  for (const hit of code.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) first.add(`assets/${hit[1]}`)
}
let total = gzipSync(html).length
for (const name of first) total += gz.get(name) ?? 0
for (const [name, size] of [...gz].sort((a, b) => b[1] - a[1])) {
  console.log(`${first.has(name) ? 'shell' : 'lazy '} ${(size / 1024).toFixed(1).padStart(7)} KB  ${name}`)
}
console.log(`shell: ${(total / 1024).toFixed(1)} KB gz of ${LIMIT / 1024} KB`)
if (total > LIMIT) {
  console.error('the shell is too large')
  process.exit(1)
}

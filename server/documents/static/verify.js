// Compares a file with what was issued, without sending it anywhere: the browser computes its SHA-256, and only
// that leaves the phone, to ask which document has it.
'use strict'

const drop = document.getElementById('drop')
const input = document.getElementById('file')
const said = document.getElementById('said')
const own = (drop.dataset.hashes || '').split(' ').filter((hash) => hash !== '')

function say(good, text) {
  said.className = good ? 'state' : 'state bad'
  said.textContent = text
}

async function sha256(file) {
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer())
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

const STATES = { in_force: '现行有效', voided: '已作废', superseded: '已被更正件取代' }

async function look(file) {
  if (!globalThis.crypto || !crypto.subtle) return say(false, '这个浏览器不能在本机计算指纹，请换用 https 打开本页。')
  say(true, '正在计算……')
  const hash = await sha256(file)
  if (own.includes(hash)) return say(true, '✓ 就是签发的那一份，一个字节都没有改动。')
  const answer = await fetch(`/v/hash/${hash}`)
  if (answer.status === 404) {
    return say(false, '✕ 这个文件和签发的不一致：改动过，或者不是本系统签发的。指纹 ' + hash)
  }
  if (!answer.ok) return say(false, '暂时查不了，请稍后再试。')
  const found = await answer.json()
  const other = own.length > 0 ? '但不是本页这一份：' : ''
  const good = found.state === 'in_force' && other === ''
  say(good, `${good ? '✓' : '✕'} 文件没有改动，${other}《${found.title}》${found.number}，${STATES[found.state]}。`)
}

input.addEventListener('change', () => input.files[0] && look(input.files[0]))
for (const kind of ['dragover', 'drop']) drop.addEventListener(kind, (event) => event.preventDefault())
drop.addEventListener('drop', (event) => {
  const file = event.dataTransfer.files[0]
  if (file) look(file)
})

/** What the figures of the phone share: a server, a browser, rows to print. */
import { spawn } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from '@playwright/test'

export const PWA = fileURLToPath(new URL('..', import.meta.url))
const REPOSITORY = join(PWA, '..')
export const USER = process.env.BENCH_USER ?? 'inspector02'
export const PASSWORD = 'xunjian-demo'
export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
export const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run']
export const PHONE = {
  viewport: { width: 360, height: 780 },
  hasTouch: true,
  isMobile: true,
  locale: 'zh-CN',
  timezoneId: 'Asia/Shanghai',
  reducedMotion: 'reduce',
  permissions: ['geolocation'],
  geolocation: { longitude: 119.62, latitude: 38.94, accuracy: 6 },
}

const misses = []
function print(made, met) {
  if (!met) misses.push(made.name)
  console.log(JSON.stringify(made))
}
const share = (value, goal) => (goal === 0 ? null : Math.round((value / goal) * 1000) / 1000)

/** Prints a figure that may be `goal` at most. */
export function row(name, value, unit, goal) {
  print({ name, value, unit, ceiling: goal, ratio: share(value, goal), goal }, value <= goal)
}

/** Prints a score out of 100 that must be `goal` at least. */
export function atLeast(name, value, goal) {
  print({ name, value, unit: 'of 100', ceiling: 100, ratio: share(value, 100), goal }, value >= goal)
}

/** Whether a goal was missed so far. */
export const missed = () => misses.length > 0

export const launch = () => chromium.launch({ executablePath: CHROMIUM, args: FLAGS })

/** A server of our own on a free port, gone with its data when `stop` resolves. */
export async function serve() {
  if (process.env.BASE_URL) {
    return { url: process.env.BASE_URL.replace(/\/$/, ''), stop: async () => undefined }
  }
  const port = await new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address()
      probe.close(() => resolve(free))
    })
  })
  const data = await mkdtemp(join(tmpdir(), 'xunjian-bench-'))
  // As root the database runs as another user, who must be able to walk in here.
  await chmod(data, 0o755)
  const env = { ...process.env, VAR: data, PORT: String(port), HOST: '127.0.0.1' }
  delete env.DATABASE_URL
  const child = spawn(join(REPOSITORY, '.venv/bin/python'), ['-m', 'server.cli', 'run'], {
    cwd: REPOSITORY,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const url = await new Promise((resolve, reject) => {
    let said = ''
    child.stdout.on('data', (bytes) => {
      said += bytes
      const found = /^ready (http\S+)/m.exec(said)
      if (found) resolve(found[1])
    })
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
  })
  return {
    url,
    async stop() {
      child.kill('SIGTERM')
      await ended
      await rm(data, { recursive: true, force: true })
    },
  }
}

/**
 * The program itself, for browser tests and pictures: `xunjian run` on a free port with its own data folder, demo
 * district included; or whatever BASE_URL names, which is then used as it is and left running.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Server {
  url: string
  stop(): Promise<void>
}

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))
/** Drawing and printing the demo district takes minutes on two cores. */
const PATIENCE = 15 * 60_000

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

/** Resolves when the program says `ready`. Rejects with its last words when it ends before that. */
export async function serve(): Promise<Server> {
  const given = process.env['BASE_URL']
  if (given) return { url: given.replace(/\/$/, ''), stop: async () => undefined }
  const port = await freePort()
  const data = await mkdtemp(join(tmpdir(), 'xunjian-'))
  // As root the database runs as another user, who must be able to walk in here.
  await chmod(data, 0o755)
  const environment: NodeJS.ProcessEnv = { ...process.env, VAR: data, PORT: String(port), HOST: '127.0.0.1' }
  delete environment['DATABASE_URL']
  const child = spawn(join(REPOSITORY, '.venv/bin/python'), ['-m', 'server.cli', 'run'], {
    cwd: REPOSITORY,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = async (): Promise<void> => {
    await ended(child)
    await rm(data, { recursive: true, force: true })
  }
  try {
    return { url: await ready(child), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function ready(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const timer = setTimeout(() => reject(new Error(`not ready in time:\n${said}`)), PATIENCE)
    const hear = (bytes: Buffer): void => {
      said = (said + bytes.toString()).slice(-4_000)
      const found = /^ready (http\S+)/m.exec(said)
      if (!found) return
      clearTimeout(timer)
      resolve(found[1]!)
    }
    child.stdout!.on('data', hear)
    child.stderr!.on('data', hear)
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`the server ended with ${code}:\n${said}`))
    })
  })
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    const hard = setTimeout(() => child.kill('SIGKILL'), 20_000)
    child.once('exit', () => {
      clearTimeout(hard)
      resolve()
    })
    child.kill('SIGTERM')
  })
}

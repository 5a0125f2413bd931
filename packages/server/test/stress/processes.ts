/** Starts server processes, and ends them as the machine would. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { askAs, type Fetch, ORIGIN, type TestUser } from '../helpers.ts'
import type { ProcessAnnouncement, ProcessStore } from './server-process.ts'

const SCRIPT = fileURLToPath(new URL('server-process.ts', import.meta.url))

/** A server in a process of its own. */
export interface ServerProcess {
  readonly url: string
  readonly ask: TestUser['ask']
  /** Ends it at once, as `kill -9` does. */
  readonly kill: () => Promise<void>
  /** Asks it to end, and answers its exit code. */
  readonly terminate: () => Promise<number | null>
  /** What it wrote to its standard error. */
  readonly complaints: () => string
}

/** Sends requests that were made for {@link ORIGIN} to where a server listens. */
function fetchAt(url: string): Fetch {
  return async (request) => {
    const body = request.body === null ? {} : { body: await request.text() }
    const { method, headers } = request
    return fetch(request.url.replace(ORIGIN, url), { method, headers, ...body })
  }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
  return child.exitCode
}

/** Starts a server and waits until it listens. */
export async function startProcess(store: ProcessStore, device = 'DEVICE'): Promise<ServerProcess> {
  const child = spawn(process.execPath, [SCRIPT, JSON.stringify(store), device], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  const announced = once(createInterface(child.stdout), 'line') as Promise<[string]>
  const line = await Promise.race([announced, once(child, 'exit').then(() => null)])
  if (line === null) throw new Error(`The server process ended: ${complaints}`)
  const { url, token } = JSON.parse(line[0]) as ProcessAnnouncement
  return {
    url,
    ask: askAs(token, fetchAt(url)),
    kill: async () => {
      await ended(child, 'SIGKILL')
    },
    terminate: () => ended(child, 'SIGTERM'),
    complaints: () => complaints,
  }
}

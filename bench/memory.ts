// Memory and time of the largest backups: restored, audited and cancelled over HTTP, from a synthetic
// homeserver in a process of its own, and an export file, each in a process that is measured.
// `node memory.ts [keys] [task]`, 1,000,000 unless given; a tenth and a hundredth of it show how time grows.
import { encodeDecryptionKey } from '@roomkeys/backup'
import { encryptKeyExportStream } from '@roomkeys/key-export/stream'
import { parseWire, exportedSessionDataSchema, type ExportedSessionData } from '@roomkeys/types'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Task, TaskResult } from './memory-child.ts'
import { memoryOf, next, startMeasured, startSynthetic, startWritable } from './processes.ts'
import { SYNTHETIC_KEY, syntheticSession } from './synthetic.ts'
import { printRows } from './table.ts'

const KEYS = Number(process.argv[2] ?? 1_000_000)
/** One of the tasks below; all of them unless given. */
const [, , , ONLY] = process.argv
const EXPORTED_KEYS = KEYS / 10
const CANCELS = 20
const GOALS = { mb: 250, cancelMs: 100 }
const KEY = encodeDecryptionKey(SYNTHETIC_KEY)
const PASSPHRASE = 'a passphrase'

interface Measured extends TaskResult {
  /** MB, the most that the system saw. */
  readonly peak: number
}

async function measure(task: Task): Promise<Measured> {
  const child = startMeasured('memory-child.ts', task)
  try {
    const result = await next<TaskResult>(child)
    return { ...result, peak: memoryOf(child.pid).peak / 1e6 }
  } finally {
    await child.stop()
  }
}

/** What was measured, by its name. */
interface Told extends Measured {
  readonly what: string
}

const NAMES = {
  restore: 'restore',
  audit: 'audit',
  pool: 'restore in a pool of two threads',
  rotate: 'rotation',
  diff: 'comparison, both sides held,',
} as const

async function overHttp(task: keyof typeof NAMES, keys: number): Promise<Told> {
  const agreements = task === 'audit' ? 'own' : 'recycled'
  const server = await (task === 'rotate' ? startWritable : startSynthetic)({ keys, agreements })
  try {
    const measured = await measure({ task, url: server.url, key: KEY })
    if (measured.done !== keys) throw new Error(`${measured.done} of ${keys} keys came through`)
    return { what: `${NAMES[task]} over HTTP`, ...measured }
  } finally {
    await server.stop()
  }
}

function* sessions(keys: number): Generator<ExportedSessionData> {
  for (let number = 0; number < keys; number++) {
    const { roomId, sessionId, session } = syntheticSession(number)
    const exported = { ...session, room_id: roomId, session_id: sessionId }
    yield parseWire(exportedSessionDataSchema, exported, 'a session')
  }
}

async function withExportFile<T>(keys: number, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'roomkeys-memory-'))
  const file = join(folder, 'keys.txt')
  try {
    const text = encryptKeyExportStream(sessions(keys), PASSPHRASE)
    await pipeline(Readable.from(text), createWriteStream(file))
    return await use(file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function readFile(file: string): Promise<Told> {
  const measured = await measure({ task: 'export', file, passphrase: PASSPHRASE })
  return { what: 'read an export file', ...measured }
}

/** All of a file into a backup that has nothing. */
async function pushFile(file: string): Promise<Told> {
  const server = await startWritable({ keys: 0 })
  try {
    const remote = { url: server.url, key: KEY, file, passphrase: PASSPHRASE }
    return {
      what: 'an export file into a backup',
      ...(await measure({ task: 'push', ...remote })),
    }
  } finally {
    await server.stop()
  }
}

async function cancel(): Promise<void> {
  const server = await startSynthetic({ keys: KEYS })
  try {
    const { endedMs = NaN, freedMs = NaN } = await measure({
      task: 'cancel',
      url: server.url,
      key: KEY,
      times: CANCELS,
    })
    const { answers } = (await (await fetch(`${server.url}/answers`)).json()) as { answers: number }
    console.log(`\nCancelled at ${CANCELS} moments, the slowest, in milliseconds`)
    console.table([
      {
        until: 'the loop ended',
        ms: endedMs.toFixed(1),
        goal: endedMs <= GOALS.cancelMs ? 'met' : 'MISSED',
      },
      {
        until: 'no connection and no worker was left',
        ms: freedMs.toFixed(1),
        goal: freedMs <= GOALS.cancelMs ? 'met' : 'MISSED',
      },
    ])
    console.log(`Answers that the server still writes: ${answers}`)
  } finally {
    await server.stop()
  }
}

const TASKS: Readonly<Record<string, () => Promise<void>>> = {
  restore: async () => {
    for (const keys of [KEYS / 100, KEYS / 10, KEYS]) tell(await overHttp('restore', keys))
  },
  pool: async () => {
    tell(await overHttp('pool', KEYS))
  },
  audit: async () => {
    tell(await overHttp('audit', KEYS))
  },
  export: async () => {
    tell(await withExportFile(EXPORTED_KEYS, readFile))
  },
  push: async () => {
    tell(await withExportFile(EXPORTED_KEYS, pushFile))
  },
  rotate: async () => {
    tell(await overHttp('rotate', KEYS / 10))
  },
  diff: async () => {
    tell(await overHttp('diff', Math.round(0.3 * KEYS)))
  },
  cancel,
}

/** As soon as it is known: the whole takes minutes. */
function tell({ what, done, seconds, peak }: Told): void {
  const verdict = peak <= GOALS.mb ? 'met' : 'MISSED'
  printRows(`memory, the goal is ${GOALS.mb} MB: ${verdict}`, [
    { what: `${what}, ${done} keys`, value: peak, unit: 'MB at most, one run' },
    { what: `${what}, ${done} keys`, value: done / seconds, unit: 'keys/s, one run' },
  ])
}

console.log(`Resident memory; at most ${GOALS.mb} MB is the goal`)
for (const [name, work] of Object.entries(TASKS))
  if (ONLY === undefined || ONLY === name) await work()

/**
 * Kills a server in the middle of uploads, again and again. What was answered 200 is there afterwards;
 * what was not answered is there as a whole or not at all.
 */
import { type Json, keyOf, keysPath } from '../helpers.ts'
import { type ServerProcess, startProcess } from './processes.ts'
import { type Random, seededRandom } from './random.ts'
import type { ProcessStore } from './server-process.ts'

export interface KillsResult {
  readonly rounds: number
  /** Uploads that were answered 200. */
  readonly answered: number
  /** Uploads that were cut off, and are stored. */
  readonly storedUnanswered: number
  readonly lostUnanswered: number
  readonly otherStatuses: readonly number[]
  /** Uploads that were answered and are not stored. */
  readonly lost: readonly string[]
  /** Uploads that are stored in part. */
  readonly torn: readonly string[]
  /** Rounds after which count or etag did not fit the keys. */
  readonly miscounted: readonly number[]
}

export interface KillsOptions {
  readonly store: ProcessStore
  readonly rounds: number
  readonly seed: number
}

const WRITERS = 6
const KEYS_PER_UPLOAD = 20
const MAX_LIFE_MS = 250

interface Tally {
  readonly answered: Set<string>
  readonly unanswered: Set<string>
  readonly otherStatuses: Set<number>
}

function batch(name: string): Json {
  const data = { ciphertext: 'x'.repeat(600) }
  const keys = Array.from({ length: KEYS_PER_UPLOAD }, (_, i) => [
    `${name} ${i}`,
    keyOf([false, 0, 0], data),
  ])
  return { sessions: Object.fromEntries(keys) as Json }
}

/** Uploads one batch after another until the server is gone. */
async function upload(server: ServerProcess, prefix: string, tally: Tally): Promise<void> {
  for (let i = 0; ; i++) {
    const name = `${prefix} u${i}`
    tally.unanswered.add(name)
    try {
      const { status } = await server.ask('PUT', keysPath('1', '!kill'), batch(name))
      if (status === 200) tally.answered.add(name)
      else tally.otherStatuses.add(status)
      tally.unanswered.delete(name)
    } catch {
      // The connection broke: nobody knows whether the batch is stored, until somebody looks.
      return
    }
  }
}

async function killDuringUploads(
  server: ServerProcess,
  prefix: string,
  { tally, random }: { readonly tally: Tally; readonly random: Random },
): Promise<void> {
  const writing = Array.from({ length: WRITERS }, (_, i) =>
    upload(server, `${prefix} w${i}`, tally),
  )
  await new Promise((resolve) => setTimeout(resolve, 20 + random.below(MAX_LIFE_MS)))
  await server.kill()
  await Promise.all(writing)
}

interface Stored {
  /** How many keys of each upload are stored. */
  readonly keys: ReadonlyMap<string, number>
  readonly isCounted: boolean
}

async function look(server: ServerProcess): Promise<Stored> {
  const { body } = await server.ask('GET', keysPath('1', '!kill'))
  const info = (await server.ask('GET', '/room_keys/version')).body
  const sessions = Object.keys(body['sessions'] as object)
  const keys = new Map<string, number>()
  for (const session of sessions) {
    const name = session.replace(/ \d+$/, '')
    keys.set(name, (keys.get(name) ?? 0) + 1)
  }
  // Each upload has sessions of its own, so each that is stored moved the etag once.
  const isCounted = info['count'] === sessions.length && info['etag'] === String(keys.size)
  return { keys, isCounted }
}

/** Runs the rounds. */
export async function runKills({ store, rounds, seed }: KillsOptions): Promise<KillsResult> {
  const random = seededRandom(seed)
  const tally: Tally = { answered: new Set(), unanswered: new Set(), otherStatuses: new Set() }
  const miscounted: number[] = []
  let server = await startProcess(store)
  await server.ask('POST', '/room_keys/version', { algorithm: 'x', auth_data: {} })
  let stored: Stored = { keys: new Map(), isCounted: true }
  for (let round = 0; round < rounds; round++) {
    await killDuringUploads(server, `r${round}`, { tally, random })
    server = await startProcess(store)
    stored = await look(server)
    if (!stored.isCounted) miscounted.push(round)
  }
  await server.terminate()
  const { keys } = stored
  const storedUnanswered = [...tally.unanswered].filter((name) => keys.has(name)).length
  return {
    rounds,
    answered: tally.answered.size,
    storedUnanswered,
    lostUnanswered: tally.unanswered.size - storedUnanswered,
    otherStatuses: [...tally.otherStatuses],
    lost: [...tally.answered].filter((name) => !keys.has(name)),
    torn: [...keys].filter(([, count]) => count !== KEYS_PER_UPLOAD).map(([name]) => name),
    miscounted,
  }
}

/** Many writers of the same few sessions, at once and for a while. */
import type { ServerEvent } from '../../src/index.ts'
import { createServer, type SqlStore } from '../../src/index.ts'
import { askAs, type Fetch, type Json, keyOf, keysPath, newUser, roomsOf } from '../helpers.ts'
import { type Random, seededRandom } from './random.ts'

/** What came of it. */
export interface WritersResult {
  readonly uploads: number
  readonly changedUploads: number
  readonly statuses: readonly number[]
  /** Etags that answers to uploads named, without repetitions. */
  readonly etags: number
  readonly finalEtag: number
  readonly finalCount: number
  readonly sessions: number
  /** Keys that are not the best of all that were sent. */
  readonly notBest: readonly string[]
}

export interface WritersOptions {
  /** One for each server, as several processes have. */
  readonly stores: readonly SqlStore[]
  readonly writers: number
  readonly milliseconds: number
  readonly seed: number
}

type Metadata = readonly [verified: boolean, index: number, forwarded: number]

const SESSIONS = 24
const ROOMS = 3

/** Smaller is better, compared from left to right. */
function rank([verified, index, forwarded]: Metadata): string {
  return `${verified ? 0 : 1} ${String(index).padStart(6, '0')} ${String(forwarded).padStart(6, '0')}`
}

function randomMetadata(random: Random, progress: number): Metadata {
  const index = random.below(Math.ceil(5000 * (1.1 - progress)))
  return [random.once(40), index, random.below(10)]
}

interface Sent {
  readonly best: Map<string, string>
  readonly etags: Set<string>
  readonly statuses: Set<number>
  uploads: number
}

function noteBest({ best }: Sent, name: string, metadata: Metadata): void {
  const [mine, known] = [rank(metadata), best.get(name)]
  if (known === undefined || mine < known) best.set(name, mine)
}

function randomUpload(random: Random, progress: number, sent: Sent): Json {
  const rooms = new Map<string, [string, Json][]>()
  for (let i = 0; i <= random.below(8); i++) {
    const [room, session] = [`!room${random.below(ROOMS)}`, `session${random.below(SESSIONS)}`]
    const sessions = rooms.get(room) ?? []
    if (sessions.some(([id]) => id === session)) continue
    const metadata = randomMetadata(random, progress)
    noteBest(sent, `${room} ${session}`, metadata)
    rooms.set(room, [...sessions, [session, keyOf(metadata, { rank: rank(metadata) })]])
  }
  return roomsOf(rooms)
}

async function write(fetch: Fetch, token: string, options: WriterOptions): Promise<void> {
  const { random, began, milliseconds, sent } = options
  const ask = askAs(token, fetch)
  for (let at = 0; at < milliseconds; at = Date.now() - began) {
    const body = randomUpload(random, at / milliseconds, sent)
    const answer = await ask('PUT', keysPath('1'), body)
    sent.uploads++
    sent.statuses.add(answer.status)
    sent.etags.add(String(answer.body['etag']))
  }
}

interface WriterOptions {
  readonly random: Random
  readonly began: number
  readonly milliseconds: number
  readonly sent: Sent
}

/** The stored keys by name, with what their data says of their rank. */
function ranksOf(rooms: unknown): ReadonlyMap<string, string> {
  const ranks = new Map<string, string>()
  for (const [room, { sessions }] of Object.entries(rooms as Record<string, { sessions: object }>))
    for (const [session, key] of Object.entries(sessions) as [string, Json][]) {
      const { is_verified, first_message_index, forwarded_count } = key
      const metadata = [is_verified, first_message_index, forwarded_count] as unknown as Metadata
      const stored = (key['session_data'] as { rank: string }).rank
      ranks.set(`${room} ${session}`, stored === rank(metadata) ? stored : 'torn')
    }
  return ranks
}

/** Lets writers loose on one user's backup, and looks at what is left. */
export async function runWriters(options: WritersOptions): Promise<WritersResult> {
  const { stores, writers, milliseconds, seed } = options
  let changedUploads = 0
  const log = (event: ServerEvent): void => {
    if (event.type === 'keys_uploaded' && event.inserted + event.replaced > 0) changedUploads++
  }
  const servers = stores.map((store) =>
    createServer({ store, serverName: 'localhost', rateLimits: 'off', log }),
  )
  const [first] = servers
  const [store] = stores
  if (first === undefined || store === undefined) throw new TypeError('There has to be a store')
  const user = await newUser(store, first.fetch)
  await user.newVersion()
  const sent: Sent = { best: new Map(), etags: new Set(), statuses: new Set(), uploads: 0 }
  const began = Date.now()
  await Promise.all(
    Array.from({ length: writers }, (_, i) => {
      const { fetch } = servers[i % servers.length] ?? first
      return write(fetch, user.token, { random: seededRandom(seed + i), began, milliseconds, sent })
    }),
  )
  const info = (await user.ask('GET', '/room_keys/version')).body
  const ranks = ranksOf((await user.ask('GET', keysPath('1'))).body['rooms'])
  return {
    uploads: sent.uploads,
    changedUploads,
    statuses: [...sent.statuses],
    etags: sent.etags.size,
    finalEtag: Number(info['etag']),
    finalCount: Number(info['count']),
    sessions: ranks.size,
    notBest: [...sent.best]
      .filter(([name, best]) => ranks.get(name) !== best)
      .map(([name]) => name),
  }
}

/** Uploads that race new versions: every key is in the version that took it, and in no other. */
import { createServer, type SqlStore } from '../../src/index.ts'
import { type Json, keyOf, keysPath, newUser, type TestUser } from '../helpers.ts'

export interface RacesResult {
  readonly versions: number
  readonly accepted: number
  readonly refused: number
  readonly otherStatuses: readonly number[]
  /** Uploads whose keys are not exactly where their answer says. */
  readonly misplaced: readonly string[]
  /** Versions whose count is not that of their keys. */
  readonly miscounted: readonly string[]
}

export interface RacesOptions {
  readonly stores: readonly SqlStore[]
  readonly writers: number
  readonly versions: number
}

interface Race {
  readonly accepted: Map<string, string>
  readonly refused: { count: number }
  readonly otherStatuses: Set<number>
  running: boolean
}

const KEYS_PER_UPLOAD = 5

function batch(name: string): Json {
  const names = Array.from({ length: KEYS_PER_UPLOAD }, (_, i) => [`${name} ${i}`, keyOf()])
  return { sessions: Object.fromEntries(names) as Json }
}

/** Follows the current version as clients do: told by the refusal of an older one. */
async function follow(user: TestUser, writer: number, race: Race): Promise<void> {
  let version = '1'
  for (let i = 0; race.running; i++) {
    const name = `w${writer} u${i}`
    const { status, body } = await user.ask('PUT', keysPath(version, '!race'), batch(name))
    if (status === 200) race.accepted.set(name, version)
    else if (status === 403) {
      race.refused.count++
      version = String(body['current_version'])
    } else race.otherStatuses.add(status)
  }
}

async function sessionsOf(user: TestUser, version: string): Promise<readonly string[]> {
  const { body } = await user.ask('GET', keysPath(version, '!race'))
  return Object.keys(body['sessions'] as object)
}

async function inspect(user: TestUser, versions: number, race: Race): Promise<RacesResult> {
  const found = new Map<string, string[]>()
  const miscounted: string[] = []
  for (let v = 1; v <= versions; v++) {
    const sessions = await sessionsOf(user, String(v))
    const { body } = await user.ask('GET', `/room_keys/version/${v}`)
    if (body['count'] !== sessions.length) miscounted.push(String(v))
    for (const session of sessions) {
      const upload = session.replace(/ \d+$/, '')
      found.set(upload, [...(found.get(upload) ?? []), String(v)])
    }
  }
  const isPlaced = (name: string, version: string): boolean => {
    const places = found.get(name) ?? []
    return places.length === KEYS_PER_UPLOAD && places.every((place) => place === version)
  }
  const misplaced = [...race.accepted].filter(([name, version]) => !isPlaced(name, version))
  const unasked = [...found.keys()].filter((name) => !race.accepted.has(name))
  return {
    versions,
    accepted: race.accepted.size,
    refused: race.refused.count,
    otherStatuses: [...race.otherStatuses],
    misplaced: [...misplaced.map(([name]) => name), ...unasked],
    miscounted,
  }
}

/** Runs writers while versions are created. */
export async function runRaces({ stores, writers, versions }: RacesOptions): Promise<RacesResult> {
  const [store] = stores
  if (store === undefined) throw new TypeError('There has to be a store')
  const users: TestUser[] = []
  const options = { serverName: 'localhost', rateLimits: 'off' } as const
  const user = await newUser(store, createServer({ ...options, store }).fetch)
  for (const each of stores)
    users.push(user.through(createServer({ ...options, store: each }).fetch))
  await user.newVersion()
  const race: Race = {
    accepted: new Map(),
    refused: { count: 0 },
    otherStatuses: new Set(),
    running: true,
  }
  const writing = Array.from({ length: writers }, (_, i) =>
    follow(users[i % users.length] ?? user, i, race),
  )
  for (let v = 1; v < versions; v++) {
    await new Promise((resolve) => setTimeout(resolve, 30))
    await user.newVersion()
  }
  race.running = false
  await Promise.all(writing)
  return inspect(user, versions, race)
}

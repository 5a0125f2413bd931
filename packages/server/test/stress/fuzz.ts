/** Sends seeded requests to a listening server, and looks for what must never be. */
import { Agent, request as httpRequest } from 'node:http'
import { createServer, type SqlStore } from '../../src/index.ts'
import { listen } from '../../src/node.ts'
import { keyOf, keysPath, newUser } from '../helpers.ts'
import { type FuzzRequest, randomRequest } from './fuzz-requests.ts'
import { type Random, seededRandom } from './random.ts'

export interface FuzzResult {
  readonly requests: number
  /** How many answers had a status, by status. */
  readonly statuses: Readonly<Record<string, number>>
  /** Requests that were answered 5xx, or got no answer in time. */
  readonly failed: readonly string[]
  /** Refusals that are not JSON with an errcode. */
  readonly malformed: readonly string[]
  /** What the server reported through `onError`. */
  readonly errors: readonly unknown[]
  /** Bytes of the heap after collection, at every tenth of the way; empty without `collect`. */
  readonly heap: readonly number[]
}

export interface FuzzOptions {
  readonly store: SqlStore
  readonly requests: number
  readonly seed: number
  /** Collects garbage and answers the bytes that are left. */
  readonly collect?: () => number
}

const PARALLEL = 8
const PATIENCE_MS = 60_000
const MAX_NOTES = 20

interface Answered {
  readonly status: number
  readonly body: string
}

function send(base: string, agent: Agent, wanted: FuzzRequest): Promise<Answered> {
  const { method, target, body, chunked } = wanted
  const framing: Record<string, string> = chunked
    ? { 'transfer-encoding': 'chunked' }
    : { 'content-length': String(body?.length ?? 0) }
  return new Promise((resolve, reject) => {
    const headers = { ...wanted.headers, ...(body === null ? {} : framing) }
    const outgoing = httpRequest(base, { agent, method, path: target, headers }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (part: string) => (text += part))
      incoming.on('end', () => {
        resolve({ status: incoming.statusCode ?? 0, body: text })
      })
      incoming.on('error', reject)
    })
    outgoing.setTimeout(PATIENCE_MS, () => {
      outgoing.destroy(new Error('hung'))
    })
    outgoing.on('error', reject)
    outgoing.end(body ?? undefined)
  })
}

function isErrcode(body: string): boolean {
  try {
    const value = JSON.parse(body) as { errcode?: unknown; error?: unknown } | null
    return typeof value?.errcode === 'string' && typeof value.error === 'string'
  } catch {
    return false
  }
}

/** An upload that is refused before it is read may find its connection closed. */
function isCutOff(error: unknown, { body }: FuzzRequest): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return (code === 'EPIPE' || code === 'ECONNRESET') && (body?.length ?? 0) > 50_000
}

interface Notes {
  readonly statuses: Record<string, number>
  readonly failed: string[]
  readonly malformed: string[]
}

function note(list: string[], text: string): void {
  if (list.length < MAX_NOTES) list.push(text.slice(0, 300))
}

async function fuzzOnce(
  send_: (wanted: FuzzRequest) => Promise<Answered>,
  wanted: FuzzRequest,
  { statuses, failed, malformed }: Notes,
): Promise<void> {
  const name = `${wanted.method} ${wanted.target}`
  try {
    const { status, body } = await send_(wanted)
    statuses[status] = (statuses[status] ?? 0) + 1
    if (status >= 500) note(failed, `${status} ${name}`)
    // HEAD has no body to look at.
    if (status >= 400 && wanted.method !== 'HEAD' && !isErrcode(body))
      note(malformed, `${status} ${name} ${body}`)
  } catch (error) {
    if (isCutOff(error, wanted)) statuses['cut off'] = (statuses['cut off'] ?? 0) + 1
    else note(failed, `${String(error)} ${name}`)
  }
}

async function prepare(store: SqlStore): Promise<readonly [string, ...string[]]> {
  const { fetch } = createServer({ store, serverName: 'localhost', rateLimits: 'off' })
  const users = [
    await newUser(store, fetch),
    await newUser(store, fetch),
    await newUser(store, fetch),
  ]
  for (const user of users) {
    await user.newVersion()
    await user.ask('PUT', keysPath('1', '!r', 's1'), keyOf())
  }
  const [first = '', ...others] = users.map(({ token }) => token)
  return [first, ...others]
}

/** Sends the requests, some at a time, in an order that the seed gives. */
export async function runFuzz({
  store,
  requests,
  seed,
  collect,
}: FuzzOptions): Promise<FuzzResult> {
  const errors: unknown[] = []
  const server = createServer({
    store,
    serverName: 'localhost',
    rateLimits: 'off',
    limits: { uploadBytes: 2_000_000, versionsPerUser: 20 },
    onError: (error) => errors.push(error),
  })
  const tokens = await prepare(store)
  const http = await listen(server)
  const agent = new Agent({ keepAlive: true, maxSockets: PARALLEL })
  const random: Random = seededRandom(seed)
  const notes: Notes = { statuses: {}, failed: [], malformed: [] }
  const heap: number[] = []
  let sent = 0
  const worker = async (): Promise<void> => {
    while (sent < requests) {
      if (collect !== undefined && sent % Math.ceil(requests / 10) === 0) heap.push(collect())
      sent++
      await fuzzOnce(
        (wanted) => send(http.url, agent, wanted),
        randomRequest(random, tokens),
        notes,
      )
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
  agent.destroy()
  await http.close()
  return { requests: sent, ...notes, errors, heap }
}

/** Asks the server as one user, and waits where the server asks to wait. */
import { isJsonObject } from '@roomkeys/types'
import { type Answer, answerOf, objectOf } from './answer.ts'
import { ConformanceError } from './errors.ts'
import type { Transport, WireRequest } from './transport.ts'
import type { TestUser } from './users/factory.ts'

const V3 = '/_matrix/client/v3'

/** What all requests of a run share. */
export interface Wire {
  readonly transport: Transport
  /** Longest wait for one answer, in milliseconds. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>
}

/** One request of a case. */
export interface Ask {
  readonly method: string
  /** Below `/_matrix/client/v3`, or whole where it starts with `/_matrix`. Escaped already. */
  readonly path: string
  /** Text, bytes and pieces of bytes go out as they are, anything else as JSON. */
  readonly body?: unknown
  /** Sent beside, or in place of, those that a request has anyway. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** What to do about a 429: wait and ask again, which is usual, or take it as the answer. */
  readonly onLimit?: 'wait' | 'answer'
  /** Gives up earlier than the run's own timeout. */
  readonly signal?: AbortSignal
}

/** A user who asks. */
export interface Client extends TestUser {
  readonly ask: (ask: Ask) => Promise<Answer>
  readonly get: (path: string) => Promise<Answer>
  readonly put: (path: string, body: unknown) => Promise<Answer>
  readonly post: (path: string, body: unknown) => Promise<Answer>
  readonly delete: (path: string) => Promise<Answer>
}

const MAX_WAITS = 8
const DEFAULT_WAIT_MS = 1000
const MAX_WAIT_MS = 60_000

/** How long a 429 asks to wait, in milliseconds. */
export function waitOf(answer: Answer): number {
  const seconds = Number(answer.header('retry-after') ?? Number.NaN)
  const named = objectOf(answer)['retry_after_ms']
  const wanted = Number.isFinite(seconds) ? seconds * 1000 : Number(named ?? DEFAULT_WAIT_MS)
  return Number.isFinite(wanted) ? Math.min(Math.max(wanted, 0), MAX_WAIT_MS) : DEFAULT_WAIT_MS
}

function isPieces(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}

function bodyOf(body: unknown): Pick<WireRequest, 'body'> {
  if (body === undefined) return {}
  if (body instanceof Uint8Array || isPieces(body)) return { body }
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { body: new TextEncoder().encode(text) }
}

/** A request without a user, as registration needs it. */
export function wireRequest({ method, path, body, headers = [] }: Ask): WireRequest {
  const target = path.startsWith('/_matrix') || path.startsWith('/_synapse') ? path : V3 + path
  const typed = headers.some(([name]) => name.toLowerCase() === 'content-type')
  const type = body === undefined || typed ? [] : [['content-type', 'application/json'] as const]
  return { method, target, headers: [...type, ...headers], ...bodyOf(body) }
}

function networkError(request: WireRequest, timedOut: boolean, cause: unknown): ConformanceError {
  const line = `${request.method} ${request.target}`
  return timedOut
    ? new ConformanceError('timeout', `No answer in time to ${line}`, { cause })
    : new ConformanceError('network', `No answer to ${line}`, { cause })
}

async function sendOnce(wire: Wire, ask: Ask): Promise<Answer> {
  wire.signal.throwIfAborted()
  const request = wireRequest(ask)
  const timeout = AbortSignal.timeout(wire.timeoutMs)
  const given = ask.signal === undefined ? [] : [ask.signal]
  const signal = AbortSignal.any([wire.signal, timeout, ...given])
  try {
    return answerOf(request, await wire.transport.send(request, { signal }))
  } catch (error) {
    if (error instanceof TypeError && error.message.startsWith('body in pieces')) throw error
    wire.signal.throwIfAborted()
    ask.signal?.throwIfAborted()
    throw networkError(request, timeout.aborted, error)
  }
}

/**
 * Sends a request, and again for as long as the server asks to wait.
 *
 * @throws ConformanceError `network` or `timeout`
 */
export async function send(wire: Wire, ask: Ask): Promise<Answer> {
  let answer = await sendOnce(wire, ask)
  for (let waits = 0; waits < MAX_WAITS && answer.status === 429; waits++) {
    if (ask.onLimit === 'answer') break
    await wire.sleep(waitOf(answer), wire.signal)
    answer = await sendOnce(wire, ask)
  }
  return answer
}

function withToken(ask: Ask, accessToken: string | null): Ask {
  const { headers = [] } = ask
  const given = headers.some(([name]) => name.toLowerCase() === 'authorization')
  if (given || accessToken === null) return ask
  return { ...ask, headers: [['authorization', `Bearer ${accessToken}`], ...headers] }
}

/** Creates a client from what sends; a user without a token asks without one. */
export function createClient(
  user: Omit<TestUser, 'accessToken'> & { readonly accessToken: string | null },
  sendAsk: (ask: Ask) => Promise<Answer>,
): Client {
  const ask = (one: Ask): Promise<Answer> => sendAsk(withToken(one, user.accessToken))
  return {
    ...user,
    accessToken: user.accessToken ?? '',
    ask,
    get: (path) => ask({ method: 'GET', path }),
    put: (path, body) => ask({ method: 'PUT', path, body }),
    post: (path, body) => ask({ method: 'POST', path, body }),
    delete: (path) => ask({ method: 'DELETE', path }),
  }
}

/** The version that an answer tells of having created, or `null`. */
export function createdVersion(ask: Ask, answer: Answer): string | null {
  const created = ask.method === 'POST' && ask.path.endsWith('/room_keys/version')
  const version = isJsonObject(answer.json) ? answer.json['version'] : undefined
  return created && answer.status === 200 && typeof version === 'string' ? version : null
}

/**
 * One call of an endpoint: fill the route, send, parse the answer.
 *
 * Ky builds the requests, repeats those that may be repeated and pauses in between. Its own errors
 * hold the request with its access token, and its `json(schema)` puts received values into errors, so
 * what it sees as `fetch` throws the errors of this package, and answers are parsed here.
 */
import { parseWire, WireShapeError, type WireSchema } from '@roomkeys/types'
import type { RetryOptions } from 'ky'
import { type AttemptOptions, attemptFetch } from './attempt.ts'
import { TransportError } from './errors.ts'
import { type Connection, connection, type Homeserver, redactor } from './homeserver.ts'
import { MAX_KEYS_RESPONSE_BYTES } from './read-text.ts'
import { waitBeforeRetry } from './retry.ts'
import { fillRoute, type Route, routeName } from './route.ts'

/** Options of every endpoint. */
export interface CallOptions {
  /** Aborts the call, be it waiting, receiving or pausing before a retry; its reason is thrown. */
  readonly signal?: AbortSignal
}

/** A call of an endpoint. */
export interface Call<T> extends CallOptions {
  readonly route: Route
  /** Identifiers of the route, by name. */
  readonly ids?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** The shape of the answer. */
  readonly schema: WireSchema<T>
  /** `keys` for an answer that grows with the number of keys or devices. */
  readonly size?: 'keys'
  /** `none` where the access token has no business. */
  readonly auth?: 'none'
  /** What must not come back in a message, besides the access token. */
  readonly secrets?: readonly string[]
}

/** Ky asks whether to retry, then for how long to wait; one look at the error answers both. */
function retries({ maxRetries, retryDelay }: Connection): RetryOptions {
  let wait: number | null = null
  return {
    limit: maxRetries,
    methods: ['get', 'put', 'delete'],
    shouldRetry: ({ error, retryCount }) => {
      wait = waitBeforeRetry(error, retryCount, retryDelay)
      return wait !== null
    },
    delay: () => wait ?? 0,
  }
}

function attemptOptions<T>(server: Connection, call: Call<T>): AttemptOptions {
  const redactCall = redactor(call.secrets ?? [])
  return {
    fetch: server.fetch,
    privacy: server.privacy,
    where: routeName(call.route),
    timeoutMs: server.timeoutMs,
    ...(call.size === 'keys'
      ? { maxBytes: MAX_KEYS_RESPONSE_BYTES, pace: 'pieces' }
      : { maxBytes: server.maxResponseBytes, pace: 'whole' }),
    redact: (text) => redactCall(server.redact(text)),
    signal: call.signal,
  }
}

async function send<T>(homeserver: Homeserver, call: Call<T>): Promise<string> {
  const server = homeserver[connection]
  const options = attemptOptions(server, call)
  let text = ''
  await server.http(homeserver.baseUrl + fillRoute(call.route, call.ids ?? {}), {
    method: call.route.method,
    retry: retries(server),
    fetch: async (...request) => {
      const answer = await attemptFetch(request, options)
      text = answer.text
      return answer.response
    },
    ...(call.body === undefined ? {} : { json: call.body }),
    ...(call.auth === 'none' ? { headers: { authorization: undefined } } : {}),
    ...(call.signal === undefined ? {} : { signal: call.signal }),
  })
  return text
}

/** V8 quotes the text in its errors, and the text may hold secrets: no cause is kept. */
function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new TransportError('not_json', where)
  }
}

function parseShape<T>(schema: WireSchema<T>, value: unknown, where: string): T {
  try {
    return parseWire(schema, value, 'answer')
  } catch (cause) {
    if (!(cause instanceof WireShapeError)) throw cause
    throw new TransportError('shape', where, { note: cause.message, cause })
  }
}

/**
 * Calls an endpoint.
 *
 * @throws TransportError when it did not work out
 * @throws TypeError for an identifier that is no string, and for a body that JSON cannot hold
 */
export async function callEndpoint<T>(homeserver: Homeserver, call: Call<T>): Promise<T> {
  call.signal?.throwIfAborted()
  const where = routeName(call.route)
  const text = await send(homeserver, call)
  call.signal?.throwIfAborted()
  return parseShape(call.schema, parseJson(text, where), where)
}

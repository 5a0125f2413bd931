/**
 * One call of an endpoint: fill the route, send, parse the answer.
 *
 * Ky builds the requests, waits for the answers to begin, repeats what may be repeated and pauses in
 * between. Bodies are read and parsed here: they need bounds, and ky puts received values into errors.
 */
import { parseWire, type WireSchema } from '@roomkeys/types'
import { errorFromKy } from './error-answer.ts'
import { isTransportError, TransportError } from './errors.ts'
import { connection, type Homeserver } from './homeserver.ts'
import { type ReadOptions, readText } from './read-text.ts'
import { retryOptions } from './retry.ts'
import { fillRoute, type Route } from './route.ts'

/** Options of every endpoint. */
export interface CallOptions {
  /** Aborts the call, be it waiting, receiving or pausing before a retry; its reason is thrown. */
  readonly signal?: AbortSignal
}

/** What is sent. */
interface Request extends CallOptions {
  readonly route: Route
  /** Identifiers of the route by name, and the body to send as JSON. */
  readonly args: { readonly body?: unknown }
}

/** A call of an endpoint. */
interface Call<T> extends Request {
  /** The shape of the answer. */
  readonly schema: WireSchema<T>
  /** `keys` for an answer that grows with the number of keys or devices. */
  readonly size: 'keys' | undefined
}

/** A function that calls an endpoint. */
export type Endpoint<Args, T> = (
  homeserver: Homeserver,
  args: Args,
  options?: CallOptions,
) => Promise<T>

function send(homeserver: Homeserver, call: Request): Promise<Response> {
  const { http, maxRetries } = homeserver[connection]
  const [method = '', path = ''] = fillRoute(call.route, call.args).split(' ')
  return http(homeserver.baseUrl + path, {
    method,
    retry: retryOptions(maxRetries),
    json: call.args.body,
    signal: call.signal ?? null,
  })
}

/** V8 quotes the text in its errors, and the text may hold secrets: no cause is kept. */
async function readJson(response: Response, options: ReadOptions): Promise<unknown> {
  try {
    return JSON.parse(await readText(response, options))
  } catch (error) {
    throw isTransportError(error) ? error : new TransportError('not_json', options.route)
  }
}

function parseShape<T>(schema: WireSchema<T>, value: unknown, where: string): T {
  try {
    return parseWire(schema, value, 'answer')
  } catch (cause) {
    throw new TransportError('shape', where, { note: String(cause), cause })
  }
}

/** Sends a call and waits for its answer to begin. */
export async function openAnswer(homeserver: Homeserver, call: Request): Promise<Response> {
  const { redact } = homeserver[connection]
  const response = await send(homeserver, call).catch((error: unknown) => {
    throw errorFromKy(call.route, error, redact)
  })
  // Where the platform follows redirects regardless, as React Native does.
  if (response.redirected) throw new TransportError('redirected', call.route)
  return response
}

async function sendAndRead<T>(homeserver: Homeserver, call: Call<T>): Promise<unknown> {
  const { timeoutMs } = homeserver[connection]
  return readJson(await openAnswer(homeserver, call), { ...call, timeoutMs })
}

/** Settles as the work does unless the signal aborts first, also when the work ignores the signal. */
export async function unlessAborted<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  let stop = (): void => undefined
  const aborted = new Promise<void>((resolve) => {
    stop = resolve
  })
  signal?.addEventListener('abort', stop)
  try {
    await Promise.race([work, aborted])
  } finally {
    signal?.removeEventListener('abort', stop)
    signal?.throwIfAborted()
  }
  return work
}

async function callEndpoint<T>(homeserver: Homeserver, call: Call<T>): Promise<T> {
  call.signal?.throwIfAborted()
  const value = await unlessAborted(sendAndRead(homeserver, call), call.signal)
  return parseShape(call.schema, value, call.route)
}

/**
 * Makes the function of an endpoint: it takes the identifiers and the body as arguments by name, and
 * rejects with a TransportError, or with a TypeError for an identifier that is no string and for a body
 * that JSON cannot hold.
 */
/* @__NO_SIDE_EFFECTS__ */
export function endpoint<T>(
  route: Route,
  schema: WireSchema<T>,
  size?: 'keys',
): Endpoint<object, T> {
  return async (homeserver, args, options) =>
    callEndpoint(homeserver, { ...options, route, args, schema, size })
}

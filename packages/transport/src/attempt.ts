/**
 * One attempt of a call, from sending to the last byte of the answer.
 *
 * Ky takes it for `fetch`, so that an answer that breaks off is repeated like one that never began.
 */
import { errorFromAnswer } from './error-answer.ts'
import { TransportError } from './errors.ts'
import type { FetchFunction } from './homeserver.ts'
import { MAX_ERROR_BYTES, readText } from './read-text.ts'
import { type SilenceWatch, watchSilence } from './silence.ts'

/** What an attempt needs besides the request. */
export interface AttemptOptions {
  readonly fetch: FetchFunction
  /** Fields of the request that keep it private. */
  readonly privacy: RequestInit
  /** Method and route template, for errors. */
  readonly where: string
  readonly timeoutMs: number
  readonly maxBytes: number
  /** A large answer may take its time, piece by piece; any other has `timeoutMs` for all of it. */
  readonly pace: 'whole' | 'pieces'
  /** Takes the caller's secrets out of a text. */
  readonly redact: (text: string) => string
  readonly signal: AbortSignal | undefined
}

interface Attempt extends AttemptOptions {
  readonly watch: SilenceWatch
}

/** A good answer: its head, and its body as text. */
export interface Answer {
  readonly response: Response
  readonly text: string
}

/** A head, or the reason why there is none; also of a `fetch` that throws right away. */
async function headOrError(
  [input, init]: Parameters<FetchFunction>,
  { fetch, where, privacy, watch }: Attempt,
): Promise<Response | Error> {
  try {
    return await fetch(input, { ...init, ...privacy, signal: watch.signal })
  } catch (cause) {
    return new TransportError('network', where, { cause })
  }
}

async function readHead(request: Parameters<FetchFunction>, attempt: Attempt): Promise<Response> {
  const { signal, aborted, heard } = attempt.watch
  const outcome = await Promise.race([headOrError(request, attempt), aborted])
  signal.throwIfAborted()
  if (outcome instanceof Error) throw outcome
  heard()
  return outcome
}

/** Browsers show a redirect as status 0; a `fetch` that follows on its own has gone there already. */
function isRedirect({ type, status, redirected }: Response): boolean {
  return type === 'opaqueredirect' || (status >= 300 && status < 400) || redirected
}

/** Nobody reads the body of a redirect; left alone, it would hold its connection. */
function discard(response: Response): void {
  response.body?.cancel().catch(() => undefined)
}

async function readBody(response: Response, attempt: Attempt): Promise<string> {
  const { where, maxBytes, pace, watch } = attempt
  const heard = pace === 'pieces' ? watch.heard : (): void => undefined
  return readText(response, { where, maxBytes, giveUp: watch.signal, heard })
}

async function readErrorBody(response: Response, attempt: Attempt): Promise<unknown> {
  const bounds = { maxBytes: MAX_ERROR_BYTES, pace: 'whole' } as const
  try {
    return JSON.parse(await readBody(response, { ...attempt, ...bounds }))
  } catch {
    // The status says enough without a body. A caller's abort is looked for right after.
    return undefined
  }
}

async function receive(request: Parameters<FetchFunction>, attempt: Attempt): Promise<Answer> {
  const response = await readHead(request, attempt)
  const { status, headers } = response
  if (isRedirect(response)) {
    discard(response)
    throw new TransportError('redirected', attempt.where, { status })
  }
  if (response.ok) return { response, text: await readBody(response, attempt) }
  const body = await readErrorBody(response, attempt)
  attempt.signal?.throwIfAborted()
  throw errorFromAnswer(attempt.where, { status, headers, body }, attempt.redact)
}

/**
 * Sends a request and reads its answer.
 *
 * @throws TransportError, or the reason of the caller's signal
 */
export async function attemptFetch(
  request: Parameters<FetchFunction>,
  options: AttemptOptions,
): Promise<Answer> {
  const silent = (): Error => new TransportError('timeout', options.where)
  const watch = watchSilence({ ...options, silent })
  try {
    return await receive(request, { ...options, watch })
  } finally {
    watch.stop()
  }
}

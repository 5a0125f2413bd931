/**
 * A homeserver to send requests to: where it is, who asks, and how patient we are.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#using-access-tokens
 */
import ky, { type KyInstance } from 'ky'
import { DEFAULT_MAX_RESPONSE_BYTES, MAX_KEYS_RESPONSE_BYTES } from './read-text.ts'
import { DEFAULT_MAX_RETRIES, defaultRetryDelay } from './retry.ts'

/** Patience with a silent server, in milliseconds, when the options do not say otherwise. */
export const DEFAULT_TIMEOUT_MS = 60_000

/** The longest delay that a timer can hold: longer ones fire at once. */
const MAX_TIMER_MS = 2_147_483_647

const MAX_RETRIES = 100

/** The platform's `fetch`, or one with the same contract. */
export type FetchFunction = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** Options of {@link createHomeserver}. */
export interface HomeserverOptions {
  /** Where the client-server API is, e.g. `https://matrix.example.org`; may end in a path prefix. */
  readonly baseUrl: string | URL
  /** Sent to this origin alone. May be left out for signing in and for `getVersions`. */
  readonly accessToken?: string
  /** Replaces the platform's `fetch`. Its errors end up as `cause`: they must not hold headers. */
  readonly fetch?: FetchFunction
  /**
   * How long the server may take to begin its answer, the upload included, and then to finish it, in
   * milliseconds; 60 000 by default. A listing of keys may take any time to finish, as long as no
   * pause in it is longer. For a very large backup the server may need more before it begins.
   */
  readonly timeoutMs?: number
  /** How often GET, PUT and DELETE are sent again; 3 by default. POST is sent once. */
  readonly maxRetries?: number
  /**
   * Milliseconds before retry number `attempt` (from 1), where the server does not ask for a pause
   * of its own. By default 0.5 s, doubled each time up to 16 s, a random half of it left off.
   */
  readonly retryDelay?: (attempt: number) => number
  /** Largest answer to anything but a listing of keys, in bytes; 1 MiB by default. */
  readonly maxResponseBytes?: number
}

/** What requests need of a homeserver. */
export interface Connection {
  /** Holds the access token where nothing can print it: in its closure. */
  readonly http: KyInstance
  /** Fields of every request. Given to `fetch` itself: it resets some of a request made earlier. */
  readonly privacy: RequestInit
  readonly fetch: FetchFunction
  readonly timeoutMs: number
  readonly maxRetries: number
  readonly retryDelay: (attempt: number) => number
  readonly maxResponseBytes: number
  /** Takes the access token out of a text. */
  readonly redact: (text: string) => string
}

/** Key of what this package keeps inside a {@link Homeserver}. */
export const connection: unique symbol = Symbol('connection')

/** A homeserver to pass to the functions of this package. Made by {@link createHomeserver}. */
export interface Homeserver {
  /** Without a trailing slash. */
  readonly baseUrl: string
  readonly [connection]: Connection
}

/** Takes secrets out of a text. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const present = secrets.filter((secret) => secret !== '')
  return (text) => present.reduce((left, secret) => left.replaceAll(secret, '[redacted]'), text)
}

function checkedBaseUrl(baseUrl: string | URL): string {
  // URL.parse is not in every supported browser.
  if (!URL.canParse(baseUrl)) throw new TypeError('baseUrl must be an absolute URL')
  const url = new URL(baseUrl)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new TypeError('baseUrl must be an http: or https: URL')
  if (url.username !== '' || url.password !== '')
    throw new TypeError('baseUrl must not hold credentials; use accessToken')
  if (url.search !== '' || url.hash !== '')
    throw new TypeError('baseUrl must not have a query or a fragment')
  return url.origin + url.pathname.replace(/\/+$/, '')
}

/** A token that is not visible ASCII would fail inside `fetch`, with the token in the message. */
function authorization(accessToken: string | undefined): Readonly<Record<string, string>> {
  if (accessToken === undefined) return {}
  if (typeof accessToken !== 'string' || !/^[\x21-\x7e]+$/.test(accessToken))
    throw new TypeError('accessToken must be a non-empty string of visible ASCII characters')
  return { authorization: `Bearer ${accessToken}` }
}

function checkedInteger(
  name: string,
  value: number,
  [min, max]: readonly [number, number],
): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw new TypeError(`${name} must be an integer from ${min} to ${max}`)
}

function checkedFunction<T>(name: string, value: T): T {
  if (typeof value === 'function') return value
  throw new TypeError(`${name} must be a function`)
}

/** workerd throws on fields of a request that mean nothing to it, instead of ignoring them. */
function isAccepted(init: RequestInit): boolean {
  try {
    return new Request('https://homeserver.invalid', init) instanceof Request
  } catch {
    return false
  }
}

/** No cookies, no stored copies, no word on where the user comes from. */
function privateRequests(): RequestInit {
  const fields: readonly RequestInit[] = [
    { credentials: 'omit' },
    { cache: 'no-store' },
    { referrerPolicy: 'no-referrer' },
  ]
  return Object.assign({}, ...fields.filter(isAccepted)) as RequestInit
}

function createHttp(accessToken: string | undefined): KyInstance {
  return ky.create({
    // Following would take the access token to wherever the answer points. Browsers hide the answer
    // then, others show it; 'error' would look like a network failure, and workerd lacks it.
    redirect: 'manual',
    headers: { accept: 'application/json', ...authorization(accessToken) },
    // Ky's timeout covers a whole answer; keys may take minutes. See silence.ts.
    timeout: false,
  })
}

/** Looked up at each call: a page may replace it after this module was loaded. */
const platformFetch: FetchFunction = (input, init) => globalThis.fetch(input, init)

function createConnection(options: HomeserverOptions): Connection {
  const {
    accessToken,
    fetch = platformFetch,
    timeoutMs = DEFAULT_TIMEOUT_MS,
    maxRetries = DEFAULT_MAX_RETRIES,
    retryDelay = defaultRetryDelay,
    maxResponseBytes = DEFAULT_MAX_RESPONSE_BYTES,
  } = options
  return {
    http: createHttp(accessToken),
    privacy: privateRequests(),
    fetch: checkedFunction('fetch', fetch),
    timeoutMs: checkedInteger('timeoutMs', timeoutMs, [1, MAX_TIMER_MS]),
    maxRetries: checkedInteger('maxRetries', maxRetries, [0, MAX_RETRIES]),
    retryDelay: checkedFunction('retryDelay', retryDelay),
    maxResponseBytes: checkedInteger('maxResponseBytes', maxResponseBytes, [
      1,
      MAX_KEYS_RESPONSE_BYTES,
    ]),
    redact: redactor(accessToken === undefined ? [] : [accessToken]),
  }
}

/**
 * Makes a homeserver to send requests to. Sends nothing.
 *
 * @throws TypeError that names the option
 */
export function createHomeserver(options: HomeserverOptions): Homeserver {
  return Object.freeze({
    baseUrl: checkedBaseUrl(options.baseUrl),
    [connection]: Object.freeze(createConnection(options)),
  })
}

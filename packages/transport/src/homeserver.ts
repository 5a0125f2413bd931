/**
 * A homeserver to send requests to: where it is, who asks, and how patient we are.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#using-access-tokens
 */
import ky, { type KyInstance } from 'ky'

/** Patience with a silent server, in milliseconds, when the options do not say otherwise. */
const DEFAULT_TIMEOUT_MS = 60_000

/** Retries of a request that may be repeated, when the options do not say otherwise. */
const DEFAULT_MAX_RETRIES = 3

/** The longest delay that a timer can hold: longer ones fire at once. */
const MAX_TIMER_MS = 2_147_483_647

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
}

/** What requests need of a homeserver. */
export interface Connection {
  /** Holds the access token where nothing can print it: in its closure. */
  readonly http: KyInstance
  readonly timeoutMs: number
  readonly maxRetries: number
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

/** Makes a function that takes a secret out of a text. */
export function redactor(secret = ''): (text: string) => string {
  return (text) => (secret === '' ? text : text.replaceAll(secret, '[redacted]'))
}

function check(isGood: boolean, demand: string): void {
  if (!isGood) throw new TypeError(demand)
}

function checkedBaseUrl(baseUrl: string | URL): string {
  // URL.parse is not in every supported browser.
  const href = URL.canParse(baseUrl) ? new URL(baseUrl).href : ''
  const isGood = /^https?:\/\/[^/?#@]*\/[^?#]*$/.test(href)
  check(isGood, 'baseUrl must be an http(s) URL without credentials or query')
  return href.replace(/\/+$/, '')
}

/**
 * No cookies, no stored copies, no word on where the user comes from. Fields that a platform does not
 * know are left out: workerd throws on them instead of ignoring them.
 */
function privateRequests(): RequestInit {
  const known = new Request('https://h.invalid')
  const fields: RequestInit = {
    credentials: 'omit',
    cache: 'no-store',
    referrerPolicy: 'no-referrer',
  }
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name in known))
}

/** Looked up at each call: a page may replace it after this module was loaded. */
const platformFetch: FetchFunction = (input, init) => globalThis.fetch(input, init)

function createConnection(options: HomeserverOptions): Connection {
  const { accessToken, fetch = platformFetch } = options
  const { timeoutMs = DEFAULT_TIMEOUT_MS, maxRetries = DEFAULT_MAX_RETRIES } = options
  const privacy = privateRequests()
  // Any other token would fail inside `fetch`, with the token in the message.
  const isToken = accessToken === undefined || /^[\x21-\x7e]+$/.test(accessToken)
  check(isToken, 'accessToken must be visible ASCII')
  check(typeof fetch === 'function', 'fetch must be a function')
  check(timeoutMs > 0 && timeoutMs <= MAX_TIMER_MS, `timeoutMs must be from 1 to ${MAX_TIMER_MS}`)
  check(Number.isInteger(maxRetries) && maxRetries >= 0, 'maxRetries must be an integer from 0')
  const http = ky.create({
    // Following would take the access token to wherever the answer points. Browsers hide the answer
    // then, others show it; 'error' would look like a network failure, and workerd lacks it.
    redirect: 'manual',
    headers: { accept: 'application/json', authorization: accessToken && `Bearer ${accessToken}` },
    timeout: timeoutMs,
    // Given to `fetch` itself: it resets some of a request made earlier. Async, because ky's timer
    // outlives a `fetch` that throws right away.
    fetch: async (input, init) => fetch(input, { ...init, ...privacy }),
  })
  return { http, timeoutMs, maxRetries, redact: redactor(accessToken) }
}

/**
 * Makes a homeserver to send requests to. Sends nothing.
 *
 * @throws TypeError that names the option
 */
export function createHomeserver(options: HomeserverOptions): Homeserver {
  return Object.freeze({
    baseUrl: checkedBaseUrl(options.baseUrl),
    [connection]: createConnection(options),
  })
}

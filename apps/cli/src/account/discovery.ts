/**
 * Finding the homeserver of a user id.
 *
 * Access tokens and passwords go wherever this points, so it is strict: TLS alone, no redirects to
 * other hosts, small answers, and a server that speaks Matrix at the end.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#well-known-uris
 */
import { createHomeserver, isTransportError } from '@roomkeys/transport'
import { getVersions } from '@roomkeys/transport/account'
import * as v from 'valibot'
import { CliError } from '../errors.ts'
import { readText } from '../io/read-limited.ts'

/** Nobody needs more to name a server. */
const MAX_BYTES = 65_536
const TIMEOUT_MS = 15_000
/** The same host may say that the file is elsewhere on it. */
const MAX_REDIRECTS = 3

const HINT = 'Give the address of the homeserver with --homeserver https://…'

const wellKnownSchema = v.looseObject({
  'm.homeserver': v.looseObject({ base_url: v.pipe(v.string(), v.url()) }),
})

/** How servers are asked. */
export interface DiscoveryOptions {
  readonly signal: AbortSignal
  /** Replaces the platform's `fetch`. */
  readonly fetch?: typeof globalThis.fetch
}

function failed(message: string, cause?: unknown): CliError {
  return new CliError('discovery', message, { hint: HINT, cause })
}

/**
 * The server name of a user id.
 *
 * @throws CliError `usage` when it is none
 */
export function serverNameOf(userId: string): string {
  const name = /^@[^:\s]*:([a-z0-9.-]+(?::\d{1,5})?|\[[0-9a-f:.]+\](?::\d{1,5})?)$/i.exec(
    userId,
  )?.[1]
  if (name !== undefined) return name
  throw new CliError('usage', 'This is no user id.', {
    hint: 'A user id is like @alice:example.org',
  })
}

/**
 * An address as it may be used: http only on this machine, no credentials, no query.
 *
 * @throws CliError `usage`
 */
export function checkedAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const isLocal = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  const isWeb = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLocal)
  const isPlain = url !== null && url.username === '' && url.search === '' && url.hash === ''
  if (url !== null && isWeb && isPlain) return url.href.replace(/\/+$/, '')
  throw new CliError('usage', 'The address of the homeserver cannot be used.', {
    hint: 'It begins with https://; http:// is for this machine alone.',
  })
}

/** Where an answer sends us, when that is on the same host and under TLS. */
function redirectOf(answer: Response, from: URL): URL | null {
  if (answer.status < 300 || answer.status >= 400) return null
  const location = answer.headers.get('location') ?? ''
  const target = URL.canParse(location, from) ? new URL(location, from) : null
  if (target?.origin === from.origin) return target
  throw failed(
    `${from.host} sends us to another server to find the homeserver; that is not followed.`,
  )
}

async function ask(
  start: URL,
  { signal, fetch = globalThis.fetch }: DiscoveryOptions,
): Promise<Response> {
  let url = start
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const both = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
    const answer = await fetch(url, { redirect: 'manual', signal: both, credentials: 'omit' })
    const next = redirectOf(answer, url)
    if (next === null) return answer
    await answer.body?.cancel()
    url = next
  }
  throw failed(`${start.host} redirects without end.`)
}

async function askOrFail(url: URL, options: DiscoveryOptions): Promise<Response> {
  try {
    return await ask(url, options)
  } catch (error) {
    options.signal.throwIfAborted()
    if (error instanceof CliError) throw error
    throw failed(`${url.host} does not answer.`, error)
  }
}

/** The address that an answer names; without the file, it is the server itself. */
async function addressIn(answer: Response, url: URL): Promise<string> {
  if (answer.status === 404) {
    await answer.body?.cancel()
    return url.origin
  }
  if (answer.status !== 200 || answer.body === null)
    throw failed(`${url.host} answers ${answer.status} when asked for its homeserver.`)
  const text = await readText(answer.body, { what: 'The answer', maxBytes: MAX_BYTES })
  const found = v.safeParse(v.pipe(v.string(), v.parseJson(), wellKnownSchema), text)
  if (!found.success) throw failed(`${url.host} does not say where its homeserver is.`)
  return found.output['m.homeserver'].base_url
}

async function assertMatrix(baseUrl: string, { signal, fetch }: DiscoveryOptions): Promise<void> {
  const homeserver = createHomeserver({ baseUrl, ...(fetch && { fetch }) })
  try {
    await getVersions(homeserver, { signal })
  } catch (error) {
    if (!isTransportError(error)) throw error
    throw failed(`There is no Matrix homeserver at ${new URL(baseUrl).host}.`, error)
  }
}

/** An address from the network: TLS alone, whatever it is on. */
function checkedFound(address: string, from: URL): string {
  const url = URL.canParse(address) ? new URL(address) : null
  if (url?.protocol !== 'https:') throw failed(`${from.host} names an address that cannot be used.`)
  return checkedAddress(address)
}

/**
 * Finds the homeserver of a user.
 *
 * @throws CliError `usage` for what is no user id, `discovery` when there is no homeserver to be found
 */
export async function findHomeserver(userId: string, options: DiscoveryOptions): Promise<string> {
  const url = new URL(`https://${serverNameOf(userId)}/.well-known/matrix/client`)
  const address = await addressIn(await askOrFail(url, options), url)
  const baseUrl = checkedFound(address, url)
  await assertMatrix(baseUrl, options)
  return baseUrl
}

/** A homeserver in memory: what it answers, and what it was asked. */
import type { FetchFunction } from '@roomkeys/transport'
import { account } from './vectors.ts'

/** Answers a request; a function may also throw, as `fetch` does. */
export type Answer = Response | ((request: Request) => Response | Promise<Response>)

/** Answers by name; what is not named is answered as the account's own server would. */
export interface Answers {
  readonly version?: Answer
  readonly keys?: Answer
  readonly whoami?: Answer
  readonly defaultKey?: Answer
  readonly description?: Answer
  readonly secret?: Answer
}

/** A `fetch`, and the names of the requests that came to it. */
export interface StubServer {
  readonly fetch: FetchFunction
  readonly requests: readonly string[]
}

/** The id of the default secret-storage key. */
export const KEY_ID = 'abc'

/** A JSON answer. */
export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status })
}

/** The answer of a server that has no such thing. */
export function notFound(): Response {
  return json({ errcode: 'M_NOT_FOUND', error: 'Not found' }, 404)
}

const V3 = '/_matrix/client/v3'
const DATA = `${V3}/user/${encodeURIComponent(account.userId)}/account_data`

const NAMES: Readonly<Record<string, keyof Answers>> = {
  [`GET ${V3}/room_keys/version`]: 'version',
  [`GET ${V3}/room_keys/keys?version=${account.version.version}`]: 'keys',
  [`GET ${V3}/account/whoami`]: 'whoami',
  [`GET ${DATA}/m.secret_storage.default_key`]: 'defaultKey',
  [`GET ${DATA}/m.secret_storage.key.${KEY_ID}`]: 'description',
  [`GET ${DATA}/m.megolm_backup.v1`]: 'secret',
}

const DEFAULTS: Required<Answers> = {
  version: () => json(account.version),
  keys: () => json(account.keys),
  whoami: () => json({ user_id: account.userId }),
  defaultKey: notFound,
  description: notFound,
  secret: notFound,
}

/** Makes a server. A request that it does not know is answered as unrecognised. */
export function stubServer(answers: Answers = {}): StubServer {
  const requests: string[] = []
  const fetch: FetchFunction = async (input, init) => {
    const request = new Request(input, init)
    const { pathname, search } = new URL(request.url)
    const line = `${request.method} ${pathname}${search}`
    const name = NAMES[line]
    requests.push(name ?? line)
    if (name === undefined) return json({ errcode: 'M_UNRECOGNIZED' }, 404)
    const answer = answers[name] ?? DEFAULTS[name]
    return typeof answer === 'function' ? answer(request) : answer.clone()
  }
  return { fetch, requests }
}

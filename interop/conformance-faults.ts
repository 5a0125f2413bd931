/**
 * Servers that break one rule each: the bundled server behind something that changes requests or
 * answers. Each fault is one that real servers have had, or that an author might well make.
 */
import type { Fault, Fetch } from './conformance-server.ts'

type Json = Readonly<Record<string, unknown>>

/** A fault, and the cases that must see it. */
export interface SeededFault {
  readonly name: string
  readonly fault: Fault
  readonly seenBy: readonly string[]
}

const KEYS = /\/room_keys\/keys(?:\/|\?|$)/
const VERSION = /\/room_keys\/version(?:\/|\?|$)/

interface Copy {
  readonly method?: string
  readonly url?: string
  readonly headers?: Headers
  readonly body?: string
}

/** A request, changed, with its body read already. */
function copyOf(request: Request, text: string, changes: Copy = {}): Request {
  const { method = request.method, url = request.url, headers = request.headers } = changes
  const body = changes.body ?? text
  const bodyless = method === 'GET' || method === 'HEAD' || body === ''
  const kept = new Headers(headers)
  for (const name of ['content-length', 'transfer-encoding']) kept.delete(name)
  return new Request(url, { method, headers: kept, ...(bodyless ? {} : { body }) })
}

async function jsonOf(response: Response): Promise<Json> {
  // Only our own server answers here, with objects.
  return (await response.json()) as Json
}

function answer(body: unknown, init: ResponseInit = {}): Response {
  const headers = { 'content-type': 'application/json', 'access-control-allow-origin': '*' }
  return new Response(typeof body === 'string' ? body : JSON.stringify(body), { headers, ...init })
}

/** Changes answers that a test picks. */
function changing(
  picks: (request: Request, response: Response) => boolean,
  change: (response: Response, request: Request) => Response | Promise<Response>,
): Fault {
  return (server) => async (request) => {
    const response = await server(request)
    return picks(request, response) ? change(response, request) : response
  }
}

/** Changes JSON answers of status 200. */
function changingJson(path: RegExp, change: (body: Json) => Json): Fault {
  return changing(
    ({ url }, { status }) => path.test(url) && status === 200,
    async (response) => answer(change(await jsonOf(response))),
  )
}

/** Changes URLs before they reach the server. */
function rewriting(rewrite: (url: string) => string): Fault {
  return (server) => async (request) => {
    const text = await request.text()
    return server(copyOf(request, text, { url: rewrite(request.url) }))
  }
}

/** Changes bodies of uploads before they reach the server. */
function rewritingBody(path: RegExp, rewrite: (text: string) => string): Fault {
  return (server) => async (request) => {
    const text = await request.text()
    const changed = path.test(request.url) && text !== '' ? rewrite(text) : text
    return server(copyOf(request, text, { body: changed }))
  }
}

interface Ranked {
  readonly is_verified: boolean
  readonly first_message_index: number
  readonly forwarded_count: number
}

/** One key upload by path; anything else is not touched. */
function isSessionUpload({ method, url }: Request): boolean {
  return method === 'PUT' && /\/room_keys\/keys\/[^/?]+\/[^/?]+/.test(url)
}

/** Deletes the stored copy whenever another rule says that the new one is better. */
function replacingWhen(better: (incoming: Ranked, stored: Ranked) => boolean): Fault {
  return (server) => async (request) => {
    if (!isSessionUpload(request)) return server(request)
    const text = await request.text()
    const stored = await server(copyOf(request, '', { method: 'GET' }))
    // What a case sends here is always a key, and what the server stores is one.
    if (
      stored.status === 200 &&
      better(JSON.parse(text) as Ranked, (await stored.json()) as Ranked)
    )
      await server(copyOf(request, '', { method: 'DELETE' }))
    return server(copyOf(request, text))
  }
}

/** Every upload without the keys that the server refuses, one at a time. */
const nonAtomic: Fault = (server) => async (request) => {
  const text = await request.text()
  const first = await server(copyOf(request, text))
  if (request.method !== 'PUT' || first.status !== 400 || !request.url.includes('/keys?'))
    return first
  const { rooms = {} } = JSON.parse(text) as {
    readonly rooms?: Record<string, { sessions: Record<string, unknown> }>
  }
  for (const [room, { sessions }] of Object.entries(rooms))
    for (const [session, key] of Object.entries(sessions)) {
      const body = JSON.stringify({
        rooms: { [room]: { sessions: { [session]: key } } },
      })
      await server(copyOf(request, text, { body }))
    }
  return first
}

/** Deletes sessions whose ids begin like the one that was named. */
const prefixDelete: Fault = (server) => async (request) => {
  const match = /^(.*\/room_keys\/keys\/[^/?]+)\/([^/?]+)(\?.*)$/.exec(request.url)
  if (request.method !== 'DELETE' || match === null) return server(request)
  const [, room = '', id = '', query = ''] = match
  const listed = await server(copyOf(request, '', { method: 'GET', url: room + query }))
  const { sessions = {} } = await jsonOf(listed)
  for (const session of Object.keys(sessions as object))
    if (session.startsWith(decodeURIComponent(id)) && session !== decodeURIComponent(id))
      await server(copyOf(request, '', { url: `${room}/${encodeURIComponent(session)}${query}` }))
  return server(request)
}

/** Ids as they would be without a memory of deleted ones: one more than the greatest that lives. */
const reusedIds: Fault = (server) => {
  const users = new Map<string, Map<string, string>>()
  const outer = async (request: Request, live: Map<string, string>): Promise<Response> => {
    const text = await request.text()
    const inward = (id: string): string => live.get(id) ?? `unknown${id}`
    const url = request.url
      .replace(/(\/version\/)([^/?]+)/, (_, path: string, id: string) => path + inward(id))
      .replace(/(\?version=)([^&]+)/, (_, path: string, id: string) => path + inward(id))
    const response = await server(copyOf(request, text, { url }))
    const named = /\/version\/([^/?]+)/.exec(request.url)?.[1]
    if (request.method === 'DELETE' && named !== undefined) live.delete(named)
    if (response.status !== 200 || !VERSION.test(url) || request.method === 'PUT') return response
    const body = await jsonOf(response)
    const inner = String(body['version'])
    if (request.method === 'POST')
      live.set(String(Math.max(0, ...[...live.keys()].map(Number)) + 1), inner)
    const version = [...live].find(([, value]) => value === inner)?.[0]
    return answer(version === undefined ? body : { ...body, version })
  }
  return (request) => {
    const user = request.headers.get('authorization') ?? ''
    const live = users.get(user) ?? new Map<string, string>()
    users.set(user, live)
    return outer(request, live)
  }
}

/** A request for a version that is not the user's own is answered as whoever made the last one. */
const sharedBackups: Fault = (server) => {
  let owner: string | null = null
  return async (request) => {
    const text = await request.text()
    const response = await server(copyOf(request, text))
    if (request.method === 'POST' && VERSION.test(request.url) && response.status === 200)
      owner = request.headers.get('authorization')
    if (response.status !== 404 || owner === null || request.method !== 'GET') return response
    const headers = new Headers(request.headers)
    headers.set('authorization', owner)
    return server(copyOf(request, text, { headers }))
  }
}

/** Takes the current version where none is named. */
const optionalVersion: Fault = (server) => async (request) => {
  const text = await request.text()
  if (!KEYS.test(request.url) || request.url.includes('version='))
    return server(copyOf(request, text))
  const url = request.url.replace(/\/room_keys\/.*$/, '/room_keys/version')
  const current = await jsonOf(await server(copyOf(request, '', { method: 'GET', url })))
  const named = `${request.url}?version=${String(current['version'])}`
  return server(copyOf(request, text, { url: named }))
}

/** Loses answers of uploads that run at the same time, as a lock that holds nothing would. */
const forgetfulEtags: Fault = changingJson(KEYS, (body) =>
  'etag' in body && 'count' in body
    ? { ...body, etag: String(Math.floor(Number(body['etag']) / 4)) }
    : body,
)

/** Counts every request that writes, whether it changes anything or not. */
const busyEtags: Fault = (server) => {
  let writes = 0
  return async (request) => {
    const response = await server(request)
    const writing = request.method === 'PUT' || request.method === 'DELETE'
    if (response.status !== 200 || !request.url.includes('/room_keys/')) return response
    if (writing) writes++
    const body = await jsonOf(response)
    return answer('etag' in body ? { ...body, etag: `${String(body['etag'])}.${writes}` } : body)
  }
}

const worse = (a: Ranked, b: Ranked): boolean =>
  (a.is_verified && !b.is_verified) ||
  a.first_message_index < b.first_message_index ||
  a.forwarded_count < b.forwarded_count

/** Replaces the path of a URL and leaves the rest. */
function inPath(url: string, change: (path: string) => string): string {
  const [, origin = '', path = '', query = ''] = /^(\w+:\/\/[^/]+)([^?]*)(.*)$/s.exec(url) ?? []
  return origin + change(path) + query
}

function withHeader(name: string, value: string | null): Fault {
  return changing(
    () => true,
    (response) => {
      const headers = new Headers(response.headers)
      if (value === null) headers.delete(name)
      else headers.set(name, value)
      const { status } = response
      return new Response(status === 204 ? null : response.body, { status, headers })
    },
  )
}

const dropProto = (key: string, value: unknown): unknown =>
  key === '__proto__' ? undefined : value

/** An answer of another status, where the server gave a certain one. */
function turning(
  [status, into]: readonly [status: number, into: number],
  path: RegExp,
  methods = /./,
): Fault {
  return changing(
    ({ url, method }, response) =>
      response.status === status && path.test(url) && methods.test(method),
    async (response) => {
      const text = await response.text()
      return answer(into === 200 ? '{}' : text, { status: into })
    },
  )
}

/** Stops nobody who has no token: asks with the last one that was seen. */
const openDoor: Fault = (server) => {
  let last: string | null = null
  return async (request) => {
    const text = await request.text()
    const headers = new Headers(request.headers)
    if (headers.has('authorization')) last = headers.get('authorization')
    else if (last !== null) headers.set('authorization', last)
    return server(copyOf(request, text, { headers }))
  }
}

/** Creates and uploads in whatever order, with the old version still taking keys. */
const oldVersionWritable: Fault = (server) => async (request) => {
  const text = await request.text()
  const response = await server(copyOf(request, text))
  return response.status === 403 ? answer({ count: 1, etag: '1' }) : response
}

const stale: Fault = changing(
  (_, { status }) => status === 403,
  async (response, { url }) => {
    const body = await jsonOf(response)
    const asked = new URL(url).searchParams.get('version')
    return answer({ ...body, current_version: asked }, { status: 403 })
  },
)

/** Whatever is deleted, everything is. */
const deleteAll: Fault = rewritingDelete((url) => url.replace(/(\/room_keys\/keys)[^?]*/, '$1'))

function rewritingDelete(rewrite: (url: string) => string): Fault {
  return (server: Fetch) => async (request) => {
    if (request.method !== 'DELETE') return server(request)
    return server(copyOf(request, '', { url: rewrite(request.url) }))
  }
}

const FAULTS: readonly (readonly [name: string, fault: Fault, ...seenBy: string[]])[] = [
  [
    'replaces when any criterion is better',
    replacingWhen(worse),
    'B2-K1',
    'B3-K1',
    'B4-K1',
    'B6-K1',
  ],
  [
    'replaces on a tie',
    replacingWhen(
      (a, b) =>
        JSON.stringify([a.is_verified, a.first_message_index, a.forwarded_count]) ===
        JSON.stringify([b.is_verified, b.first_message_index, b.forwarded_count]),
    ),
    'B8-K1',
  ],
  ['always replaces', replacingWhen(() => true), 'Y6', 'C1', 'C2', 'H17', 'B10-K1'],
  ['names the stale version', stale, 'N1'],
  ['moves the etag on every write', busyEtags, 'H17', 'N3-worse', 'N11-etag', 'R5-repeat', 'E3'],
  ['answers a wrong method with 404', turning([405, 404], /./), 'N17-method'],
  [
    'counts in strings',
    changingJson(KEYS, (body) =>
      'count' in body ? { ...body, count: String(body['count']) } : body,
    ),
    'N14',
    'D15',
  ],
  [
    'has numbers for etags',
    changingJson(VERSION, (body) =>
      'etag' in body ? { ...body, etag: Number(body['etag']) } : body,
    ),
    'N14',
    'H3',
  ],
  [
    'has numbers for booleans',
    changingJson(KEYS, (body) =>
      'is_verified' in body ? { ...body, is_verified: Number(body['is_verified']) } : body,
    ),
    'Y4',
    'N14',
    'H16',
  ],
  ['stores the good part of a bad upload', nonAtomic, 'N5'],
  ['deletes by prefix', prefixDelete, 'N9-prefix', 'S10'],
  [
    'sends no CORS headers',
    withHeader('access-control-allow-origin', null),
    'N17-cors',
    'N17-options',
  ],
  ['allows credentials', withHeader('access-control-allow-credentials', 'true'), 'N17-cors'],
  ['lets caches keep answers', withHeader('cache-control', 'max-age=60'), 'S13'],
  [
    'has an empty backup for every unknown version',
    changing(
      ({ url, method }, { status }) => method === 'GET' && KEYS.test(url) && status === 404,
      () => answer({ rooms: {}, sessions: {} }),
    ),
    'H11',
    'Y3',
    'N10-gone',
  ],
  [
    'takes 01 for 1',
    rewriting((url) => url.replace(/(\/version\/|[?&]version=)(?:0|%20|%2B|\+)+(?=\d)/g, '$1')),
    'S15-path',
    'S15-query',
    'S15-put',
  ],
  ['issues ids again', reusedIds, 'N10-ids'],
  [
    'answers 200 for the deletion of what never was',
    turning([404, 200], VERSION, /DELETE/),
    'H8',
    'D21',
  ],
  [
    'answers 404 for a second deletion',
    (server) => {
      const gone = new Set<string>()
      return async (request) => {
        const key = `${request.headers.get('authorization') ?? ''} ${request.url}`
        if (request.method !== 'DELETE' || !VERSION.test(request.url)) return server(request)
        if (gone.has(key)) return answer({ errcode: 'M_NOT_FOUND', error: 'Gone' }, { status: 404 })
        gone.add(key)
        return server(request)
      }
    },
    'D23',
  ],
  [
    'has HTML for what is not found',
    changing(
      (_, { status }) => status === 404,
      () =>
        new Response('<html><title>404</title></html>', {
          status: 404,
          headers: { 'content-type': 'text/html' },
        }),
    ),
    'H1',
    'H2',
    'R3',
    'N17-unknown',
  ],
  [
    'calls JSON text',
    changing(
      (_, { status }) => status >= 400,
      async (response) =>
        new Response(await response.text(), {
          status: response.status,
          headers: { 'content-type': 'text/plain' },
        }),
    ),
    'R3',
    'H1',
  ],
  [
    'lets the algorithm change',
    turning([400, 200], VERSION, /PUT/),
    'V4-algorithm',
    'H7',
    'S15-body',
  ],
  ['takes uploads to an old version', oldVersionWritable, 'H15', 'Y7', 'N1', 'D12'],
  [
    'has 403 for an unknown version',
    changing(
      ({ method, url }, { status }) => method === 'PUT' && KEYS.test(url) && status === 404,
      () =>
        answer(
          { errcode: 'M_WRONG_ROOM_KEYS_VERSION', error: 'Wrong', current_version: '1' },
          { status: 403 },
        ),
    ),
    'H13',
    'H14',
    'N10-deleted',
  ],
  ['has 400 for an old version', turning([403, 400], KEYS), 'H15', 'N1'],
  [
    'drops what it does not know of auth_data',
    rewritingBody(VERSION, (text) =>
      text.replace(/"signatures":\{(?:[^{}]|\{[^{}]*\})*\}/, '"signatures":{}'),
    ),
    'S12',
    'H3',
    'Y1',
  ],
  [
    'drops __proto__',
    rewritingBody(/room_keys/, (text) =>
      text.startsWith('{') ? safely(text, (value) => JSON.stringify(value, dropProto)) : text,
    ),
    'S7-sessions',
    'S8-proto',
  ],
  [
    'forgives a slash at the end',
    rewriting((url) => inPath(url, (path) => path.replace(/\/+$/, ''))),
    'S6-slash',
    'N17-slash',
  ],
  [
    'decodes paths twice',
    rewriting((url) => inPath(url, (path) => path.replaceAll('%25', '%'))),
    'S3-double',
    'S5-punctuation',
  ],
  [
    'takes an escaped slash for a slash',
    rewriting((url) => inPath(url, (path) => path.replaceAll('%2F', '/'))),
    'S3-slash',
    'S5-punctuation',
  ],
  [
    'takes a plus in a path for a space',
    rewriting((url) => inPath(url, (path) => path.replaceAll('+', '%20'))),
    'S4-plus-path',
  ],
  ['normalises ids', rewritingBody(KEYS, (text) => text.normalize('NFC')), 'S5-unicode'],
  [
    'ignores case',
    rewriting((url) =>
      inPath(url, (path) =>
        path.replace(
          /(\/keys\/[^/]+\/)(.*)/,
          (_, start: string, id: string) => start + id.toLowerCase(),
        ),
      ),
    ),
    'S5-case',
  ],
  ['deletes everything whatever is named', deleteAll, 'N9-rooms', 'N9-counts', 'S7-delete'],
  ['takes the current version where none is named', optionalVersion, 'D10', 'R6-K9', 'R6-K6'],
  [
    'has etags that come back',
    changingJson(/room_keys/, (body) =>
      'etag' in body && 'count' in body ? { ...body, etag: `c${String(body['count'])}` } : body,
    ),
    'E2',
    'E1-moves',
    'H17',
  ],
  ['gives the same etag to several changes', forgetfulEtags, 'N6-different'],
  [
    'fails on U+0000',
    changing(
      ({ method }, { status }) => method === 'PUT' && status === 400,
      () => answer({ errcode: 'M_UNKNOWN', error: 'x' }, { status: 500 }),
    ),
    'N12-nul-id',
    'N12-verified',
    'D11',
    'N5',
  ],
  ['hands out the backups of others', sharedBackups, 'S1-read'],
  ['asks nobody for a token', openDoor, 'N18-missing'],
  [
    'confuses the two errors about tokens',
    changing(
      (_, { status }) => status === 401,
      () => answer({ errcode: 'M_MISSING_TOKEN', error: 'x' }, { status: 401 }),
    ),
    'N18-unknown',
  ],
  [
    'repeats what it refuses',
    (server) => async (request) => {
      const text = await request.text()
      const response = await server(copyOf(request, text))
      return response.status === 400 && request.url.includes('/room_keys/')
        ? answer({ errcode: 'M_BAD_JSON', error: `Bad: ${text}` }, { status: 400 })
        : response
    },
    'S11',
  ],
  [
    'has no current version after a deletion',
    (server) => {
      const gone = new Set<string>()
      return async (request) => {
        const user = request.headers.get('authorization') ?? ''
        const response = await server(request)
        if (VERSION.test(request.url) && request.method === 'DELETE') gone.add(user)
        if (request.method === 'POST') gone.delete(user)
        return request.method === 'GET' && request.url.endsWith('/version') && gone.has(user)
          ? answer({ errcode: 'M_NOT_FOUND', error: 'x' }, { status: 404 })
          : response
      }
    },
    'Y8',
    'N10-all',
  ],
  ['has a failure for too large a body', turning([413, 500], KEYS), 'N19-length', 'N19-chunked'],
  ['takes any body', turning([413, 200], KEYS), 'N19-length', 'N19-chunked'],
  [
    'rounds large numbers',
    changingJson(KEYS, (body) =>
      'first_message_index' in body
        ? { ...body, first_message_index: Number(body['first_message_index']) | 0 }
        : body,
    ),
    'N12-range',
  ],
  [
    'wants a domain in every room id',
    changing(
      ({ method, url }) => method === 'PUT' && decodeURIComponent(url).includes('!abcd'),
      () => answer({ errcode: 'M_INVALID_PARAM', error: 'x' }, { status: 400 }),
    ),
    'N12-room-id',
  ],
  [
    'loses a room of a large download',
    changingJson(/\/room_keys\/keys\?/, (body) => {
      const rooms = Object.entries(body['rooms'] ?? {})
      return rooms.length > 1 ? { rooms: Object.fromEntries(rooms.slice(1)) } : body
    }),
    'N3-rooms',
    'N9-rooms',
  ],
]

/** Changes what parses, and leaves what does not to the server. */
function safely(text: string, change: (value: unknown) => string): string {
  try {
    return change(JSON.parse(text))
  } catch {
    return text
  }
}

/** Every fault. */
export const SEEDED_FAULTS: readonly SeededFault[] = FAULTS.map(([name, fault, ...seenBy]) => ({
  name,
  fault,
  seenBy,
}))

/** Requests that nobody would send on purpose, from a seed. */
import type { Random } from './random.ts'

/** What goes over the wire. */
export interface FuzzRequest {
  readonly method: string
  /** As it stands in the request line. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | null
  readonly chunked: boolean
}

const METHODS = [
  ...(['GET', 'GET', 'PUT', 'PUT', 'PUT', 'PUT', 'POST', 'DELETE'] as const),
  ...(['HEAD', 'OPTIONS', 'PATCH'] as const),
] as const
const PREFIXES = ['v3', 'v3', 'v3', 'v3', 'v3', 'v3', 'v3', 'r0', 'unstable', 'v1', ''] as const
const IDS = [
  '!room:example.org',
  '!r',
  's1',
  's2',
  '__proto__',
  'constructor',
  '',
  '.',
  '..',
  '0',
  'a/b',
  'a%2Fb',
  '\0',
  '\ud800',
  '😀',
  'é'.repeat(128),
  'x'.repeat(255),
  'x'.repeat(256),
  "'; DROP TABLE users; --",
] as const
/** Versions are deleted rarely and limited to twenty, so soon the last of them is current. */
const VERSIONS = [
  '1',
  '20',
  '20',
  '20',
  '20',
  '20',
  '20',
  '2',
  '3',
  '01',
  '+1',
  '1e0',
  '',
  '0',
  '-1',
  '１',
  '\0',
  '9'.repeat(40),
] as const
const NUMBERS = [0, 1, 5, -1, 0.5, 2 ** 53, 1e308, null, '1', true] as const

function randomText(random: Random, length: number): string {
  return Array.from({ length }, () =>
    String.fromCharCode(random.below(random.once(3) ? 0xffff : 0x7f)),
  ).join('')
}

function randomId(random: Random): string {
  return random.once(6) ? randomText(random, random.below(40)) : random.pick(IDS)
}

/** Escapes of a segment: right, doubled, missing, or broken. */
function segment(random: Random, text: string): string {
  const bytes = Buffer.from(text, 'utf8')
  const escaped = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  const safe = encodeURIComponent(bytes.toString('utf8'))
  if (random.once(12)) return safe.replaceAll('%', '%25')
  if (random.once(12)) return escaped
  if (random.once(20))
    return `${safe}${random.pick(['%', '%zz', '%E0%A4', '%ed%a0%80', '%00', '\\', '%2e%2e', '/', '//', ';a'])}`
  if (random.once(20)) return bytes.toString('latin1').replace(/[^!-ÿ]/g, '')
  return safe
}

function randomPath(random: Random): string {
  const id = (): string => segment(random, randomId(random))
  const version = segment(random, random.pick(VERSIONS))
  return random.pick([
    '/room_keys/version',
    `/room_keys/version/${version}`,
    '/room_keys/keys',
    `/room_keys/keys/${id()}`,
    `/room_keys/keys/${id()}/${id()}`,
    `/room_keys/keys/${id()}/${id()}`,
    `/room_keys/keys/${id()}/${id()}/${id()}`,
    `/room_keys/${id()}`,
    `/account/whoami`,
    `/user/${id()}/account_data/${id()}`,
    '/login',
    '/keys/query',
    '/keys/upload',
    '/keys/claim',
    `/sendToDevice/${id()}/${id()}`,
  ])
}

function randomQuery(random: Random): string {
  if (random.once(8)) return ''
  const version = `?version=${segment(random, random.pick(VERSIONS))}`
  if (random.once(12)) return `${version}&version=${segment(random, random.pick(VERSIONS))}`
  return random.once(20) ? `?${segment(random, randomText(random, 8))}` : version
}

function randomJson(random: Random, depth: number): unknown {
  const leaf = depth === 0 || random.once(3)
  if (leaf) return random.pick<unknown>([...NUMBERS, 'text', '\0', '\ud800', {}, []])
  const members = Array.from({ length: random.below(4) }, () => randomJson(random, depth - 1))
  return random.once(2)
    ? members
    : Object.fromEntries(members.map((member) => [randomId(random), member]))
}

function randomKey(random: Random): unknown {
  const key: Record<string, unknown> = {
    first_message_index: random.below(100),
    forwarded_count: random.below(5),
    is_verified: random.once(2),
    session_data: random.once(20)
      ? randomJson(random, 5)
      : { ciphertext: 'x'.repeat(random.below(200)) },
  }
  if (random.once(10))
    Reflect.deleteProperty(key, random.pick(Object.keys(key) as [string, ...string[]]))
  if (random.once(10))
    key[random.pick(['first_message_index', 'forwarded_count', 'is_verified'])] =
      random.pick(NUMBERS)
  return key
}

function randomSessions(random: Random): unknown {
  const sessions = Array.from(
    { length: random.below(6) },
    () => [randomId(random), randomKey(random)] as const,
  )
  return random.once(20) ? randomJson(random, 3) : { sessions: Object.fromEntries(sessions) }
}

function randomValue(random: Random): unknown {
  const rooms = Array.from(
    { length: random.below(4) },
    () => [randomId(random), randomSessions(random)] as const,
  )
  return random.pick<() => unknown>([
    () => ({ rooms: Object.fromEntries(rooms) }),
    () => randomSessions(random),
    () => randomKey(random),
    () => ({ algorithm: random.pick(['x', '', '\0', 1]), auth_data: randomJson(random, 4) }),
    () => ({ algorithm: 'x', auth_data: {}, version: random.pick(VERSIONS) }),
    () => randomJson(random, 6),
  ])()
}

function nested(random: Random): string {
  const depth = random.pick([50, 99, 100, 101, 5000, 100_000])
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const)
  const bottom = open === '[' ? '' : '1'
  return `{"algorithm":"x","auth_data":${open.repeat(depth)}${bottom}${close.repeat(depth)}}`
}

/** Changes a byte, cuts the end off, or puts bytes in that are no UTF-8. */
function damaged(random: Random, bytes: Buffer): Buffer {
  if (bytes.length === 0) return bytes
  const at = random.below(bytes.length)
  if (random.once(3)) return bytes.subarray(0, at)
  if (random.once(2))
    return Buffer.concat([
      bytes.subarray(0, at),
      Buffer.from([0xff, 0xc0, 0x80]),
      bytes.subarray(at),
    ])
  const copy = Buffer.from(bytes)
  copy[at] = random.below(256)
  return copy
}

function randomBody(random: Random): Buffer {
  if (random.once(60)) return Buffer.from(nested(random))
  if (random.once(200))
    return Buffer.alloc(random.below(3_000_000), random.pick([' ', '[', '"', '{"a":']))
  if (random.once(20)) return Buffer.from(randomText(random, random.below(200)))
  const bytes = Buffer.from(JSON.stringify(randomValue(random)))
  return random.once(10) ? damaged(random, bytes) : bytes
}

function randomHeaders(
  random: Random,
  tokens: readonly [string, ...string[]],
): Record<string, string> {
  const headers: Record<string, string> = {}
  if (!random.once(30)) headers['authorization'] = `Bearer ${random.pick(tokens)}`
  if (random.once(60))
    headers['authorization'] = random.pick([
      'Bearer',
      'Basic x',
      'Bearer rk1.a.b',
      `Bearer ${random.pick(tokens).slice(0, -1)}`,
    ])
  if (random.once(4))
    headers['content-type'] = random.pick([
      'application/json',
      'text/plain',
      'application/json; charset=utf-16',
      'x',
    ])
  if (random.once(40)) headers['content-encoding'] = 'gzip'
  return headers
}

/** Makes a request. */
export function randomRequest(random: Random, tokens: readonly [string, ...string[]]): FuzzRequest {
  const prefix = random.pick(PREFIXES)
  const path = random.once(60)
    ? `/${segment(random, randomText(random, 20))}`
    : `/_matrix/client/${prefix}${randomPath(random)}`
  const wished = random.pick(METHODS)
  const keepsVersion = wished === 'DELETE' && !path.includes('/keys') && !random.once(50)
  const method = keepsVersion ? 'GET' : wished
  // Bytes that no HTTP parser takes get an answer with a body, whatever the method was.
  const unsendable = method === 'HEAD' ? /[^!-~]/g : /[^!-ÿ]/g
  const target = (path + randomQuery(random)).replace(unsendable, '')
  const hasBody = method.startsWith('P') || random.once(10)
  return {
    method,
    target,
    headers: randomHeaders(random, tokens),
    body: hasBody ? randomBody(random) : null,
    chunked: random.once(4),
  }
}

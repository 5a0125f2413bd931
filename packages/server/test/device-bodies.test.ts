import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  closeUnharmed,
  crossSigningKeys,
  deviceKeys,
  keyPair,
  newPerson,
  oneTimeKeys,
  type TestDevice,
} from './device-helpers.ts'
import { openTestServer, type TestServer } from './helpers.ts'

let host: TestServer
let device: TestDevice
beforeAll(async () => {
  host = await openTestServer()
  device = await newPerson(host)
})
afterAll(() => closeUnharmed(host))

type Body = Readonly<Record<string, unknown>>

/** Requests that are right; a mutation makes others of them. */
function templates(): readonly (readonly [method: string, path: string, body: Body])[] {
  const { userId, deviceId } = device
  const user = encodeURIComponent(userId)
  const key = keyPair(9)
  const keys = deviceKeys(device, key)
  const signing = crossSigningKeys(userId, [keyPair(1), keyPair(2), keyPair(3)])
  const auth = { type: 'm.login.dummy', session: 's', identifier: { type: 'm.id.user', user: 'x' } }
  const one_time_keys = oneTimeKeys(2)
  const claim = { [userId]: { [deviceId]: 'signed_curve25519' } }
  return [
    ['POST', '/keys/upload', { device_keys: keys, one_time_keys, fallback_keys: one_time_keys }],
    ['POST', '/keys/query', { device_keys: { [userId]: [deviceId] }, timeout: 1 }],
    ['POST', '/keys/claim', { one_time_keys: claim, timeout: 1 }],
    ['POST', '/keys/device_signing/upload', { ...signing, auth }],
    ['POST', '/keys/signatures/upload', { [userId]: { [deviceId]: keys } }],
    ['PUT', '/sendToDevice/m.t/1', { messages: { [userId]: { '*': { a: 1 }, [deviceId]: {} } } }],
    ['POST', `/user/${user}/filter`, { account_data: { types: ['a'], not_types: ['b*'] } }],
    ['PUT', `/user/${user}/account_data/x`, { a: { b: [1] } }],
    ['PUT', `/devices/${deviceId}`, { display_name: 'name' }],
    ['POST', '/delete_devices', { devices: ['NONE'], auth }],
    ['DELETE', '/devices/NONE', { auth }],
    ['POST', '/login', { type: 'm.login.x', identifier: auth.identifier, password: 'x' }],
    ['POST', '/register', { auth, username: 'x' }],
  ]
}

const HOSTILE = [
  ...[
    '',
    '\0',
    '\ud800',
    '.',
    '..',
    '*',
    '__proto__',
    'constructor',
    'toString',
    '@a:b',
    ':',
    'a:b',
  ],
  ...['ed25519:', 'signed_curve25519:AAA0', 'x'.repeat(256), 'é'.repeat(200), "'; --", '{', '$1'],
]
const hostileText = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const hostileValue = fc.oneof(
  hostileText,
  fc.constantFrom(null, true, 0, -1, -0, 1.5, 2 ** 53, 1e300, [], {}, [[]], [null], { a: null }),
  fc.jsonValue({ maxDepth: 3 }),
)

type Mutation = (value: unknown) => unknown

/** Replaces, renames, removes or adds at a place that the numbers choose. */
function mutate(value: unknown, path: readonly number[], mutation: Mutation): unknown {
  const [step, ...rest] = path
  if (step === undefined || typeof value !== 'object' || value === null) return mutation(value)
  const entries: [string, unknown][] = Object.entries(value)
  if (entries.length === 0) return mutation(value)
  const chosen = step % entries.length
  const changed = entries.map(([key, member], i) =>
    i === chosen ? ([key, mutate(member, rest, mutation)] as const) : ([key, member] as const),
  )
  return Array.isArray(value) ? changed.map(([, member]) => member) : Object.fromEntries(changed)
}

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  hostileValue.map(
    (value): Mutation =>
      () =>
        value,
  ),
  fc.tuple(hostileText, hostileValue).map(
    ([key, value]): Mutation =>
      (old) =>
        typeof old === 'object' && old !== null && !Array.isArray(old)
          ? Object.fromEntries([...Object.entries(old), [key, value]])
          : { [key]: old },
  ),
)

/** A failure of the server's own, or an answer that is no Matrix error. */
async function expectAnswer(request: readonly [string, string, unknown]): Promise<void> {
  const [method, path, body] = request
  const { status, body: answer } = await device.ask(method, path, body)
  expect(status, `${method} ${path}`).toBeLessThan(500)
  const explained = status === 200 || 'errcode' in answer || 'flows' in answer
  expect(explained, `${method} ${path} ${status}`).toBe(true)
}

it('no body makes the server fail', async () => {
  const mutations = fc.array(fc.tuple(fc.array(fc.nat(20), { maxLength: 5 }), mutation), {
    minLength: 1,
    maxLength: 3,
  })
  const all = templates()
  await fc.assert(
    fc.asyncProperty(fc.nat(all.length - 1), mutations, async (index, changes) => {
      const [method, path, body] = all[index] ?? ['POST', '/keys/upload', {}]
      const changed = changes.reduce<unknown>((value, [at, how]) => mutate(value, at, how), body)
      await expectAnswer([method, path, JSON.stringify(changed)])
    }),
    { numRuns: 1500 },
  )
})

it('a session of authentication that nobody opened is none, whatever it is', async () => {
  for (const session of ['\0', '\ud800', 'x', 'x'.repeat(10_000), '', "'"]) {
    const body = { devices: [], auth: { type: 'm.login.password', session } }
    const { status } = await device.ask('POST', '/delete_devices', JSON.stringify(body))
    expect(status, session.slice(0, 5)).toBe(401)
  }
})

it('no path and no query makes the server fail', async () => {
  const paths: readonly ((text: string) => readonly [string, string, unknown])[] = [
    (text) => ['PUT', `/sendToDevice/${text}/1`, { messages: {} }],
    (text) => ['PUT', `/sendToDevice/m.x/${text}`, { messages: {} }],
    (text) => ['GET', `/devices/${text}`, undefined],
    (text) => ['PUT', `/devices/${text}`, {}],
    (text) => ['GET', `/user/${text}/filter/x`, undefined],
    (text) => ['GET', `/user/${encodeURIComponent(device.userId)}/filter/${text}`, undefined],
    (text) => ['GET', `/user/${encodeURIComponent(device.userId)}/account_data/${text}`, undefined],
    (text) => ['GET', `/sync?since=${text}`, undefined],
    (text) => ['GET', `/sync?filter=${text}`, undefined],
    (text) => ['GET', `/sync?timeout=${text.slice(0, 1)}&full_state=${text}`, undefined],
    (text) => ['GET', `/keys/changes?from=${text}&to=${text}`, undefined],
  ]
  const text = fc.oneof(hostileText, fc.string({ maxLength: 30 }))
  await fc.assert(
    fc.asyncProperty(fc.nat(paths.length - 1), text, async (index, raw) => {
      const escaped = encodeURIComponent(new TextDecoder().decode(new TextEncoder().encode(raw)))
      const request = paths[index]?.(escaped)
      if (request !== undefined) await expectAnswer(request)
    }),
    { numRuns: 600 },
  )
})

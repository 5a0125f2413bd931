// Which runtimes compute agreements beside the calling thread: asked once, by a known answer.
import type * as nodeCrypto from 'node:crypto'
import { afterEach, expect, test, vi } from 'vitest'
import { ALICE_PRIVATE_KEY, BOB_PUBLIC_KEY, SHARED_SECRET } from '../src/known-answer.ts'
import type { SharedSecrets } from '../src/providers.ts'

type Callback = (error: Error | null, secret?: Buffer) => void
type Agree = (keys: object, callback?: Callback) => Buffer | undefined

afterEach(() => {
  vi.doUnmock('node:crypto')
  vi.resetModules()
})

async function providersWith(diffieHellman: Agree): Promise<{
  readonly platformSharedSecrets: SharedSecrets
  readonly sharedSecretsInThread: SharedSecrets
}> {
  vi.resetModules()
  vi.doMock('node:crypto', async (original) => ({
    ...(await original<typeof nodeCrypto>()),
    diffieHellman,
  }))
  return import('../src/shared-secrets.node.ts')
}

const answer = (): Buffer => Buffer.from(SHARED_SECRET)

test.each<[string, Agree]>([
  ['knows no callback', answer],
  [
    'computes wrongly beside',
    (_, callback) => {
      if (callback === undefined) return answer()
      callback(null, Buffer.alloc(32))
      return undefined
    },
  ],
  [
    'fails beside',
    (_, callback) => {
      if (callback === undefined) return answer()
      callback(new Error('not here'))
      return undefined
    },
  ],
  [
    'throws beside',
    (_, callback) => {
      if (callback === undefined) return answer()
      throw new TypeError('callback')
    },
  ],
])('a runtime that %s computes in the calling thread', async (_, agree) => {
  const { platformSharedSecrets } = await providersWith(vi.fn(agree))
  const secrets = await platformSharedSecrets(ALICE_PRIVATE_KEY, [BOB_PUBLIC_KEY, BOB_PUBLIC_KEY])
  expect(secrets).toEqual([SHARED_SECRET, SHARED_SECRET])
})

test('one that computes beside does, but where it is told to stay in the thread', async () => {
  const { diffieHellman } = await vi.importActual<typeof nodeCrypto>('node:crypto')
  const agree = vi.fn(diffieHellman as Agree)
  const providers = await providersWith(agree)
  await providers.platformSharedSecrets(ALICE_PRIVATE_KEY, [BOB_PUBLIC_KEY])
  expect(agree.mock.calls.every(([, callback]) => callback !== undefined)).toBe(true)
  agree.mockClear()
  await providers.sharedSecretsInThread(ALICE_PRIVATE_KEY, [BOB_PUBLIC_KEY])
  expect(agree.mock.calls.map(([, callback]) => callback)).toEqual([undefined])
})

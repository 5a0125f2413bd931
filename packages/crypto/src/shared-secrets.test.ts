import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { LOW_ORDER } from '../test/low-order.ts'
import { fromHex } from '../test/vectors.ts'
import { type Bytes, randomBytes } from './bytes.ts'
import {
  platformSharedSecrets as nodeSharedSecrets,
  sharedSecretsInThread,
} from './shared-secrets.node.ts'
import { platformSharedSecrets as webSharedSecrets } from './shared-secrets.ts'
import { nobleSharedSecrets, type SharedSecrets } from './x25519.ts'

const PRIVATE_KEY = new Uint8Array(32).fill(7)

const bytes32 = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((generated): Bytes => Uint8Array.from(generated))

function withHighBit(publicKey: Bytes): Bytes {
  return publicKey.with(31, (publicKey[31] ?? 0) | 0x80)
}

const HOSTILE: readonly Bytes[] = [
  ...LOW_ORDER.flatMap((hex) => [fromHex(hex), withHighBit(fromHex(hex))]),
  // Not canonical: the prime plus 9, which is 9.
  fromHex(`f6${'ff'.repeat(30)}7f`),
  fromHex('ff'.repeat(32)),
]

describe.each([
  ['node:crypto', nodeSharedSecrets],
  ['node:crypto, in the calling thread', sharedSecretsInThread],
  ['WebCrypto', webSharedSecrets],
])('%s', (_, sharedSecrets) => {
  test('agrees with plain TypeScript on any keys, in their order', async () => {
    const batch = fc.array(bytes32, { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(bytes32, batch, async (privateKey, publicKeys) => {
        const expected = await nobleSharedSecrets(privateKey, publicKeys)
        expect(await sharedSecrets(privateKey, publicKeys)).toEqual(expected)
      }),
      { numRuns: 30 },
    )
  })

  test('agrees on hostile points, and refuses each of low order alone', async () => {
    const batch = HOSTILE.flatMap((point) => [point, randomBytes(32)])
    const secrets = await sharedSecrets(PRIVATE_KEY, batch)
    expect(secrets).toEqual(await nobleSharedSecrets(PRIVATE_KEY, batch))
    expect(secrets.filter((secret) => secret === null)).toHaveLength(2 * LOW_ORDER.length)
  })

  test('takes views into larger buffers, and an empty batch', async () => {
    const buffer = randomBytes(64)
    const publicKey = buffer.subarray(5, 37)
    const expected = await nobleSharedSecrets(PRIVATE_KEY, [publicKey])
    expect(await sharedSecrets(PRIVATE_KEY, [publicKey])).toEqual(expected)
    expect(await sharedSecrets(PRIVATE_KEY, [])).toEqual([])
  })

  test.each([0, 31, 33])('takes keys of %i bytes for a mistake of the caller', async (length) => {
    const wrong = new Uint8Array(length)
    await expect(sharedSecrets(wrong, [randomBytes(32)])).rejects.toThrow(TypeError)
    await expect(sharedSecrets(PRIVATE_KEY, [wrong])).rejects.toThrow(TypeError)
  })
})

describe('where WebCrypto is not to be had', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.resetModules()
  })

  async function chosenWith(crypto: unknown): Promise<SharedSecrets> {
    vi.resetModules()
    vi.stubGlobal('crypto', crypto)
    const { platformSharedSecrets } = await import('./shared-secrets.ts')
    return platformSharedSecrets
  }

  const subtle = globalThis.crypto.subtle
  const key = fromHex('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f')

  test.each([
    ['there is no crypto', undefined],
    ['the origin is insecure', {}],
    ['X25519 is unknown', { subtle: { importKey: () => Promise.reject(new Error('unknown')) } }],
    [
      'it computes wrongly',
      {
        subtle: {
          importKey: subtle.importKey.bind(subtle),
          deriveBits: () => Promise.resolve(new ArrayBuffer(32)),
        },
      },
    ],
  ])('plain TypeScript computes: %s', async (_, crypto) => {
    const sharedSecrets = await chosenWith(crypto)
    const expected = await nobleSharedSecrets(PRIVATE_KEY, [key])
    expect(await sharedSecrets(PRIVATE_KEY, [key])).toEqual(expected)
  })

  test('a platform that works is asked once whether it does', async () => {
    const deriveBits = vi.fn(subtle.deriveBits.bind(subtle))
    const importKey = subtle.importKey.bind(subtle)
    const sharedSecrets = await chosenWith({ subtle: { importKey, deriveBits } })
    await sharedSecrets(PRIVATE_KEY, [key, key])
    await sharedSecrets(PRIVATE_KEY, [key])
    expect(deriveBits).toHaveBeenCalledTimes(1 + 3)
  })
})

import { afterEach, describe, expect, test, vi } from 'vitest'
import { LOW_ORDER } from '../test/low-order.ts'
import { fromHex } from '../test/vectors.ts'
import { platformAgreements as nodeAgreements } from './agreements.node.ts'
import { platformAgreements as webAgreements } from './agreements.ts'
import { randomBytes } from './bytes.ts'
import { type Agreements, nobleAgreements, sharedSecret, x25519PublicKey } from './x25519.ts'

const PRIVATE_KEY = new Uint8Array(32).fill(7)
const PUBLIC_KEY = x25519PublicKey(PRIVATE_KEY)

async function expectAgreement(agreements: Agreements, count: number): Promise<void> {
  const made = await agreements(PUBLIC_KEY, count)
  expect(made).toHaveLength(count)
  for (const { ephemeral, sharedSecret: secret } of made)
    expect(secret).toEqual(sharedSecret(PRIVATE_KEY, ephemeral))
  expect(new Set(made.map(({ ephemeral }) => ephemeral.join())).size).toBe(count)
}

describe.each([
  ['node:crypto', nodeAgreements],
  ['WebCrypto', webAgreements],
  ['plain TypeScript', nobleAgreements()],
])('%s', (_, agreements) => {
  test.each([0, 1, 40])('%i agreements: the recipient comes to the same secrets', async (count) => {
    await expectAgreement(agreements, count)
  })

  test('each result owns its bytes', async () => {
    const [agreement] = await agreements(PUBLIC_KEY, 1)
    expect(agreement?.ephemeral.buffer.byteLength).toBe(32)
    expect(agreement?.sharedSecret?.buffer.byteLength).toBe(32)
  })

  test('takes a view into a larger buffer', async () => {
    const buffer = randomBytes(64)
    buffer.set(PUBLIC_KEY, 5)
    const [agreement] = await agreements(buffer.subarray(5, 37), 1)
    expect(agreement?.sharedSecret).toEqual(
      sharedSecret(PRIVATE_KEY, agreement?.ephemeral ?? new Uint8Array()),
    )
  })

  test.each(LOW_ORDER)('has no secret with a key of low order: %s', async (hex) => {
    const made = await agreements(fromHex(hex), 3)
    expect(made.map(({ sharedSecret: secret }) => secret)).toEqual([null, null, null])
  })

  test.each([0, 31, 33])('takes a key of %i bytes for a mistake of the caller', async (length) => {
    await expect(agreements(new Uint8Array(length), 1)).rejects.toThrow(TypeError)
  })
})

test('plain TypeScript takes its keys from the source that it is given', async () => {
  const drawn = [randomBytes(32), randomBytes(32)]
  const left = [...drawn]
  const made = await nobleAgreements(() => left.shift() ?? new Uint8Array(32))(PUBLIC_KEY, 2)
  expect(made.map(({ ephemeral }) => ephemeral)).toEqual(drawn.map(x25519PublicKey))
})

describe('where WebCrypto is not to be had', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.resetModules()
  })

  const { subtle } = globalThis.crypto

  /** Keys are still drawn where `subtle` is not to be had. */
  function withSubtle(fake: unknown): unknown {
    return { subtle: fake, getRandomValues: crypto.getRandomValues.bind(crypto) }
  }

  test.each([
    ['the origin is insecure', undefined],
    ['X25519 is unknown', { generateKey: () => Promise.reject(new Error('unknown')) }],
    [
      'it computes wrongly',
      {
        generateKey: subtle.generateKey.bind(subtle),
        importKey: subtle.importKey.bind(subtle),
        exportKey: subtle.exportKey.bind(subtle),
        deriveBits: () => Promise.resolve(new ArrayBuffer(32)),
      },
    ],
  ])('plain TypeScript computes: %s', async (_, fake) => {
    const crypto = withSubtle(fake)
    vi.resetModules()
    vi.stubGlobal('crypto', crypto)
    const { platformAgreements } = await import('./agreements.ts')
    await expectAgreement(platformAgreements, 3)
  })
})

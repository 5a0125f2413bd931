import fc from 'fast-check'
import { diffieHellman } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { nodePrivateKey, nodePublicBytes, nodePublicKey } from '../test/node-keys.ts'
import { LOW_ORDER } from '../test/low-order.ts'
import { fromHex, libolmBackup, toHex } from '../test/vectors.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { nobleSharedSecrets, sharedSecret, x25519PublicKey } from './x25519.ts'

function withHighBit(key: Uint8Array): Uint8Array {
  return key.with(31, (key[31] ?? 0) | 128)
}

describe('RFC 7748', () => {
  test.each([
    {
      privateKey: 'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
      publicKey: 'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
      shared: 'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
    },
    {
      privateKey: '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
      publicKey: 'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
      shared: '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
    },
  ])('section 5.2, $privateKey', ({ privateKey, publicKey, shared }) => {
    expect(toHex(sharedSecret(fromHex(privateKey), fromHex(publicKey)))).toBe(shared)
  })

  test.each([
    [1, '422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079'],
    [1000, '684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51'],
  ])('section 5.2, iterated: %i', (rounds, expected) => {
    let k: Uint8Array = new Uint8Array(32).with(0, 9)
    let u = k
    for (let round = 0; round < rounds; round++) {
      const next = sharedSecret(k, u)
      if (next === null) throw new TypeError('no public key here is of low order')
      u = k
      k = next
    }
    expect(toHex(k)).toBe(expected)
  })

  test('section 6.1', () => {
    const alice = fromHex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a')
    const bob = fromHex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb')
    const bobPublic = 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f'
    expect(toHex(x25519PublicKey(bob))).toBe(bobPublic)
    expect(toHex(x25519PublicKey(alice))).toBe(
      '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
    )
    expect(toHex(sharedSecret(alice, fromHex(bobPublic)))).toBe(
      '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742',
    )
  })
})

test.each(libolmBackup.vectors.slice(0, 5))('public key of libolm: $public_key', (vector) => {
  expect(encodeBase64(x25519PublicKey(decodeBase64(vector.decryption_key)))).toBe(vector.public_key)
})

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe('the platform', () => {
  test('gives the same public key and the same shared secret, from either side', () => {
    fc.assert(
      fc.property(bytes32, bytes32, (a, b) => {
        const nodeA = nodePrivateKey('x25519', a)
        const nodeB = nodePrivateKey('x25519', b)
        const [publicA, publicB] = [x25519PublicKey(a), x25519PublicKey(b)]
        expect(toHex(publicA)).toBe(toHex(nodePublicBytes(nodeA)))
        const theirs = diffieHellman({
          privateKey: nodeB,
          publicKey: nodePublicKey('x25519', publicA),
        })
        expect(toHex(sharedSecret(a, publicB))).toBe(toHex(theirs))
        expect(toHex(sharedSecret(b, publicA))).toBe(toHex(theirs))
      }),
      { numRuns: 50 },
    )
  })

  test('gives the same secret for any bytes as a public key, the high bit masked', () => {
    fc.assert(
      fc.property(bytes32, bytes32, (privateKey, publicKey) => {
        const theirs = diffieHellman({
          privateKey: nodePrivateKey('x25519', privateKey),
          publicKey: nodePublicKey('x25519', publicKey),
        })
        expect(toHex(sharedSecret(privateKey, publicKey))).toBe(toHex(theirs))
        expect(toHex(sharedSecret(privateKey, withHighBit(publicKey)))).toBe(toHex(theirs))
      }),
      { numRuns: 50 },
    )
  })
})

describe('public keys of low order', () => {
  const privateKey = new Uint8Array(32).fill(7)

  test.each(LOW_ORDER)('%s has no secret, with the high bit or without', (hex) => {
    expect(sharedSecret(privateKey, fromHex(hex))).toBe(null)
    expect(sharedSecret(privateKey, withHighBit(fromHex(hex)))).toBe(null)
  })

  // Twice the prime and around it: of low order only to readers that do not mask the high bit.
  test.each([
    'cdeb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880',
    `d9${'ff'.repeat(31)}`,
  ])('%s is an ordinary key once its high bit is masked', (hex) => {
    const theirs = diffieHellman({
      privateKey: nodePrivateKey('x25519', privateKey),
      publicKey: nodePublicKey('x25519', fromHex(hex)),
    })
    expect(toHex(sharedSecret(privateKey, fromHex(hex)))).toBe(toHex(theirs))
  })
})

test.each([0, 31, 33])('keys of %i bytes are a mistake of the caller', (length) => {
  const wrong = new Uint8Array(length)
  const right = new Uint8Array(32).with(0, 9)
  expect(() => x25519PublicKey(wrong)).toThrow(
    new TypeError(`privateKey must be 32 bytes, got ${length}`),
  )
  expect(() => sharedSecret(wrong, right)).toThrow(TypeError)
  expect(() => sharedSecret(right, wrong)).toThrow(
    new TypeError(`publicKey must be 32 bytes, got ${length}`),
  )
})

describe('a batch', () => {
  const privateKey = new Uint8Array(32).fill(7)
  const lowOrder = new Uint8Array(32)
  const ordinary = (n: number) => x25519PublicKey(new Uint8Array(32).fill(n))

  test('of nothing is nothing', async () => {
    expect(await nobleSharedSecrets(privateKey, [])).toEqual([])
  })

  test.each([1, 15, 16, 17, 40])('of %i is one by one, in order, null in place', async (count) => {
    const publicKeys = Array.from({ length: count }, (_, i) =>
      i % 5 === 3 ? lowOrder : ordinary(i + 1),
    )
    const secrets = await nobleSharedSecrets(privateKey, publicKeys)
    expect(secrets).toEqual(publicKeys.map((publicKey) => sharedSecret(privateKey, publicKey)))
    expect(secrets.map((secret) => secret === null)).toEqual(
      publicKeys.map((publicKey) => publicKey === lowOrder),
    )
  })

  test('lets other work have its turn', async () => {
    let turns = 0
    setTimeout(() => (turns += 1), 0)
    await nobleSharedSecrets(
      privateKey,
      Array.from({ length: 17 }, () => ordinary(1)),
    )
    expect(turns).toBe(1)
  })

  test('with a key of the wrong length rejects', async () => {
    await expect(nobleSharedSecrets(privateKey, [new Uint8Array(31)])).rejects.toThrow(TypeError)
    await expect(nobleSharedSecrets(new Uint8Array(31), [ordinary(1)])).rejects.toThrow(TypeError)
  })
})

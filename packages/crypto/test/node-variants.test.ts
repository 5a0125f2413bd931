// What Node computes by OpenSSL and what is plain TypeScript are the same, errors among them.
import fc from 'fast-check'
import { diffieHellman } from 'node:crypto'
import type * as nodeCrypto from 'node:crypto'
import { afterEach, describe, expect, test, vi } from 'vitest'
import * as nodeAes from '../src/aes.node.ts'
import * as plainAes from '../src/aes.ts'
import * as nodeBase64 from '../src/base64.node.ts'
import * as plainBase64 from '../src/base64.ts'
import { CryptoError } from '../src/bytes.ts'
import { fastestFor, WAYS } from '../src/fastest-agreement.node.ts'
import { hkdfSha256 as nodeHkdf } from '../src/hkdf.node.ts'
import { hkdfSha256 as plainHkdf } from '../src/hkdf.ts'
import * as nodeHmac from '../src/hmac.node.ts'
import * as plainHmac from '../src/hmac.ts'
import { ALICE_PRIVATE_KEY, ALICE_PUBLIC_KEY } from '../src/known-answer.ts'
import * as nodeX25519 from '../src/x25519.node.ts'
import { importPrivateKey } from '../src/okp-keys.node.ts'
import * as plainX25519 from '../src/x25519.ts'
import { LOW_ORDER } from './low-order.ts'
import { fromHex } from './vectors.ts'

/** What a call comes to, errors among it. */
function outcomeOf(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    if (error instanceof CryptoError) return { code: error.code, message: error.message }
    if (error instanceof TypeError) return { message: error.message }
    throw error
  }
}

const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength })
const exactly = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })

test('the public keys of the example are those of its private keys', () => {
  expect(plainX25519.x25519PublicKey(ALICE_PRIVATE_KEY)).toEqual(ALICE_PUBLIC_KEY)
})

describe('HMAC and HKDF', () => {
  test('of anything', () => {
    fc.assert(
      fc.property(bytes(150), bytes(200), (key, message) => {
        expect(nodeHmac.hmacSha256(key, message)).toEqual(plainHmac.hmacSha256(key, message))
      }),
    )
  })

  test.each([0, 55, 56, 63, 64, 65, 1023, 1024, 1025, 5000])('of %i bytes', (length) => {
    const message = new Uint8Array(length).fill(0xa5)
    for (const key of [0, 1, 32, 63, 64, 65, 200].map((size) => new Uint8Array(size).fill(0xe9)))
      expect(nodeHmac.hmacSha256(key, message)).toEqual(plainHmac.hmacSha256(key, message))
  })

  test('a MAC owns its bytes, and leaves the message and the key as they were', () => {
    const [key, message] = [new Uint8Array(32).fill(1), new Uint8Array(40).fill(2)]
    const first = nodeHmac.hmacSha256(key, message)
    const kept = Uint8Array.from(first)
    nodeHmac.hmacSha256(message, key)
    expect(first).toEqual(kept)
    expect(first.buffer.byteLength).toBe(32)
    expect([key, message]).toEqual([new Uint8Array(32).fill(1), new Uint8Array(40).fill(2)])
  })

  test('over pieces', () => {
    fc.assert(
      fc.property(bytes(150), fc.array(bytes(100), { maxLength: 5 }), (key, parts) => {
        const [a, b] = [nodeHmac.incrementalHmacSha256(key), plainHmac.incrementalHmacSha256(key)]
        for (const part of parts) {
          a.update(part)
          b.update(part)
          expect(a.tag()).toEqual(b.tag())
        }
        expect(a.tag()).toEqual(b.tag())
      }),
    )
  })

  test('HKDF of anything, of any length', () => {
    const parameters = fc.record(
      { salt: bytes(100), info: bytes(1200), length: fc.integer({ min: 0, max: 300 }) },
      { requiredKeys: ['length'] },
    )
    fc.assert(
      fc.property(bytes(100), parameters, (secret, given) => {
        expect(nodeHkdf(secret, given)).toEqual(plainHkdf(secret, given))
      }),
    )
  })

  test.each([0, 1, 31, 32, 33, 80, 8159, 8160])('HKDF of %i bytes', (length) => {
    const secret = new Uint8Array(32).fill(9)
    expect(nodeHkdf(secret, { length })).toEqual(plainHkdf(secret, { length }))
  })

  test.each([-1, 1.5, 8161, Number.NaN])('HKDF of %d bytes is refused by both', (length) => {
    for (const hkdf of [nodeHkdf, plainHkdf])
      expect(() => hkdf(new Uint8Array(32), { length })).toThrow(Error)
  })
})

describe('AES', () => {
  const parameters = fc.record({ key: exactly(32), iv: exactly(16) })

  test('CBC and CTR of anything', () => {
    fc.assert(
      fc.property(parameters, bytes(600), (given, data) => {
        const encrypted = plainAes.aesCbcEncrypt(given, data)
        expect(nodeAes.aesCbcEncrypt(given, data)).toEqual(encrypted)
        expect(nodeAes.aesCbcDecrypt(given, encrypted)).toEqual(Uint8Array.from(data))
        expect(nodeAes.aesCtr(given, data)).toEqual(plainAes.aesCtr(given, data))
      }),
    )
  })

  test('what does not decrypt fails alike', () => {
    fc.assert(
      fc.property(parameters, fc.oneof(exactly(16), exactly(48), bytes(50)), (given, data) => {
        const plain = outcomeOf(() => plainAes.aesCbcDecrypt(given, data))
        expect(outcomeOf(() => nodeAes.aesCbcDecrypt(given, data))).toEqual(plain)
      }),
      { numRuns: 1000 },
    )
  })

  test.each([0, 16, 31, 33])('keys of %i bytes fail alike', (length) => {
    const given = { key: new Uint8Array(length), iv: new Uint8Array(16) }
    for (const name of ['aesCbcEncrypt', 'aesCbcDecrypt', 'aesCtr'] as const)
      expect(outcomeOf(() => nodeAes[name](given, new Uint8Array(16)))).toEqual(
        outcomeOf(() => plainAes[name](given, new Uint8Array(16))),
      )
  })

  test('views into larger buffers are read alone, and results own their bytes', () => {
    const buffer = new Uint8Array(100).map((_, i) => 255 - i)
    const given = { key: buffer.subarray(3, 35), iv: buffer.subarray(40, 56) }
    const encrypted = nodeAes.aesCbcEncrypt(given, buffer.subarray(60, 77))
    expect(encrypted).toEqual(plainAes.aesCbcEncrypt(given, buffer.subarray(60, 77)))
    expect(encrypted.buffer.byteLength).toBe(32)
  })
})

describe('base64', () => {
  const ALPHABET = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
  const text = fc.oneof(
    fc.base64String({ maxLength: 300 }),
    fc.string({ unit: fc.constantFrom(...ALPHABET), maxLength: 300 }),
    fc.string({ unit: fc.constantFrom(...ALPHABET, '=', '-', '_', ' ', '\n'), maxLength: 200 }),
    fc.string({ unit: 'binary', maxLength: 200 }),
  )
  const long = ALPHABET.join('').repeat(2)

  test('any bytes', () => {
    fc.assert(
      fc.property(bytes(300), (given) => {
        expect(nodeBase64.encodeBase64(given)).toBe(plainBase64.encodeBase64(given))
        expect(nodeBase64.encodePaddedBase64(given)).toBe(plainBase64.encodePaddedBase64(given))
        const encoded = plainBase64.encodeBase64(given)
        expect(nodeBase64.decodeBase64(encoded)).toEqual(Uint8Array.from(given))
      }),
    )
  })

  test('any text is read, or refused, alike', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(outcomeOf(() => nodeBase64.decodeBase64(given))).toEqual(
          outcomeOf(() => plainBase64.decodeBase64(given)),
        )
      }),
      { numRuns: 5000 },
    )
  })

  test.each([
    ['a URL-safe character', `${long}-A`],
    ['white space', `${long} AAA`],
    ['a line end', `${long}\n`],
    ['padding too much', `${long}=`],
    ['half a padding', `${long}AA=`],
    ['stray bits', `${long}AB`],
    ['stray bits before padding', `${long}AB==`],
    ['padding within', `${long}AA==AAAA`],
    ['an impossible length', `${long}A`],
    ['a character past Latin-1', `${long}AA\u{141}A`],
    ['a lone surrogate', `${long}AAA\ud800`],
    ['whole groups', long],
    ['complete padding', `${long}AA==`],
    ['no padding', `${long}AA`],
  ])('long text with %s', (_, given) => {
    expect(outcomeOf(() => nodeBase64.decodeBase64(given))).toEqual(
      outcomeOf(() => plainBase64.decodeBase64(given)),
    )
  })

  test('a result owns its bytes, whatever its length', () => {
    for (const length of [1, 32, 48, 49, 500])
      expect(
        nodeBase64.decodeBase64(plainBase64.encodeBase64(new Uint8Array(length))).buffer.byteLength,
      ).toBe(length)
  })
})

describe('X25519', () => {
  test('of any keys', () => {
    fc.assert(
      fc.property(exactly(32), exactly(32), (privateKey, publicKey) => {
        expect(nodeX25519.x25519PublicKey(privateKey)).toEqual(
          plainX25519.x25519PublicKey(privateKey),
        )
        expect(nodeX25519.sharedSecret(privateKey, publicKey)).toEqual(
          plainX25519.sharedSecret(privateKey, publicKey),
        )
      }),
      { numRuns: 60 },
    )
  })

  test.each(LOW_ORDER)('the low-order key %s has no secret', (hex) => {
    const publicKey = fromHex(hex)
    const withHighBit = publicKey.with(31, (publicKey[31] ?? 0) | 128)
    for (const { sharedSecret } of [nodeX25519, plainX25519])
      expect([publicKey, withHighBit].map((key) => sharedSecret(ALICE_PRIVATE_KEY, key))).toEqual([
        null,
        null,
      ])
  })

  test.each([0, 31, 33])('keys of %i bytes fail alike', (length) => {
    const [wrong, right] = [new Uint8Array(length), new Uint8Array(32).with(0, 9)]
    const calls = [
      (x25519: typeof plainX25519) => x25519.x25519PublicKey(wrong),
      (x25519: typeof plainX25519) => x25519.sharedSecret(wrong, right),
      (x25519: typeof plainX25519) => x25519.sharedSecret(right, wrong),
    ]
    for (const call of calls)
      expect(outcomeOf(() => call(nodeX25519))).toEqual(outcomeOf(() => call(plainX25519)))
  })

  test('every way to agree comes to the same, and the fastest is one of them', () => {
    const key = importPrivateKey('X25519', new Uint8Array(32).fill(7))
    fc.assert(
      fc.property(exactly(32), (publicKey) => {
        const expected = plainX25519.sharedSecret(new Uint8Array(32).fill(7), publicKey)
        for (const give of WAYS) {
          const secret = diffieHellman({ privateKey: key, publicKey: give(publicKey) })
          expect(Uint8Array.from(secret)).toEqual(expected)
        }
      }),
      { numRuns: 30 },
    )
    expect(WAYS).toContain(fastestFor(1))
    expect(WAYS).toContain(fastestFor(100))
  })
})

describe('a runtime with a part of node:crypto', () => {
  afterEach(() => {
    vi.doUnmock('node:crypto')
    vi.resetModules()
  })

  test('that has no digest in one call', async () => {
    vi.resetModules()
    vi.doMock('node:crypto', async (original) => ({
      ...(await original<object>()),
      hash: undefined,
    }))
    const { hmacSha256 } = await import('../src/hmac.node.ts')
    const [key, message] = [new Uint8Array(70).fill(3), new Uint8Array(90).fill(200)]
    expect(hmacSha256(key, message)).toEqual(plainHmac.hmacSha256(key, message))
  })

  test('that reads the text of a key as UTF-8', async () => {
    vi.resetModules()
    vi.doMock('node:crypto', async (original) => {
      const crypto = await original<typeof nodeCrypto>()
      const inUtf8 =
        (create: typeof crypto.createCipheriv) =>
        (algorithm: string, key: Uint8Array | string, iv: Uint8Array) =>
          create(algorithm, typeof key === 'string' ? Buffer.from(key, 'utf8') : key, iv)
      return { ...crypto, createCipheriv: inUtf8(crypto.createCipheriv) }
    })
    const { aesCbcEncrypt } = await import('../src/aes.node.ts')
    const given = { key: new Uint8Array(32).fill(200), iv: new Uint8Array(16) }
    const data = new Uint8Array(20)
    expect(aesCbcEncrypt(given, data)).toEqual(plainAes.aesCbcEncrypt(given, data))
  })
})

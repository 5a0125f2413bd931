// Signatures that only a malicious signer makes: OpenSSL and plain TypeScript decide alike.
import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToNumberLE, numberToBytesLE } from '@noble/curves/utils.js'
import { sha512 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Bytes, concatBytes } from '../src/bytes.ts'
import * as nodeEd25519 from '../src/ed25519.node.ts'
import * as plainEd25519 from '../src/ed25519.ts'
import type { SignedMessage } from '../src/ed25519-rules.ts'
import { fromHex, toHex } from './vectors.ts'

const { Point } = ed25519
const ORDER = Point.Fn.ORDER
const P = Point.Fp.ORDER

/** One of order 8; its multiples are all points of small order. */
const TORSION = Point.fromBytes(
  fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
)
const SMALL_ORDER = Array.from({ length: 8 }, (_, i) => TORSION.multiplyUnsafe(BigInt(i)))

function bytesOf(point: { readonly toBytes: () => Uint8Array }): Bytes {
  return Uint8Array.from(point.toBytes())
}

function encode(y: bigint, sign: 0 | 1): Bytes {
  return Uint8Array.from(numberToBytesLE(y + (BigInt(sign) << 255n), 32))
}

/** What both say, which has to be the same. */
function bothSay(signed: SignedMessage): boolean {
  const plain = plainEd25519.ed25519Verify(signed)
  expect(nodeEd25519.ed25519Verify(signed)).toBe(plain)
  return plain
}

function bothTake(publicKey: Uint8Array): boolean {
  const plain = plainEd25519.isEd25519PublicKey(publicKey)
  expect(nodeEd25519.isEd25519PublicKey(publicKey)).toBe(plain)
  return plain
}

const scalar = fc.bigInt({ min: 1n, max: ORDER - 1n })
const small = fc.constantFrom(...SMALL_ORDER)
const message = fc.uint8Array({ maxLength: 100 })

interface Forgery {
  readonly secret: bigint
  readonly nonce: bigint
  readonly message: Uint8Array
  /** Added to the key and to `R`. */
  readonly parts: readonly [key: typeof TORSION, r: typeof TORSION]
}

/** Signs as RFC 8032 does, but for parts of small order. */
function forge({ secret, nonce, message, parts }: Forgery): SignedMessage {
  const publicKey = bytesOf(Point.BASE.multiply(secret).add(parts[0]))
  const r = bytesOf(Point.BASE.multiply(nonce).add(parts[1]))
  const challenge = Point.Fn.create(bytesToNumberLE(sha512(concatBytes(r, publicKey, message))))
  const s = Point.Fn.create(nonce + challenge * secret)
  return { publicKey, message, signature: concatBytes(r, numberToBytesLE(s, 32)) }
}

const forgery = fc.record({ secret: scalar, nonce: scalar, message })

describe('parts of small order', () => {
  test('without any, a signature is valid', () => {
    const none = [Point.ZERO, Point.ZERO] as const
    fc.assert(
      fc.property(forgery, (given) => {
        expect(bothSay(forge({ ...given, parts: none }))).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  test('in R make it invalid: the bytes are not those that come out', () => {
    fc.assert(
      fc.property(forgery, small, (given, part) => {
        fc.pre(!part.is0())
        expect(bothSay(forge({ ...given, parts: [Point.ZERO, part] }))).toBe(false)
      }),
      { numRuns: 50 },
    )
  })

  test('in the key are decided alike, whatever the challenge makes of them', () => {
    const said = new Set<boolean>()
    fc.assert(
      fc.property(forgery, small, small, (given, key, r) => {
        said.add(bothSay(forge({ ...given, parts: [key, r] })))
      }),
      { numRuns: 200 },
    )
    expect(said).toEqual(new Set([true, false]))
  })
})

const FIELD_EDGES = Array.from({ length: 19 }, (_, i) => P + BigInt(i))
const KEYS = [
  ...SMALL_ORDER.map(bytesOf),
  ...[0n, 1n, P - 1n, ...FIELD_EDGES].flatMap((y) => [encode(y, 0), encode(y, 1)]),
]

describe('keys of small order and encodings past the prime', () => {
  test.each(KEYS.map((key) => [toHex(key), key] as const))('%s vouches for nothing', (_, key) => {
    expect(key).toHaveLength(32)
    const message = new Uint8Array(3)
    for (const r of KEYS)
      for (const s of [0n, 1n, ORDER - 1n]) {
        const signature = concatBytes(r, numberToBytesLE(s, 32))
        expect(bothSay({ publicKey: key, message, signature })).toBe(false)
      }
  })

  test.each(KEYS.map((key) => [toHex(key), key] as const))('%s is a key, or not', (_, key) => {
    const isReduced = bytesToNumberLE(key.with(31, (key[31] ?? 0) & 127)) < P
    expect(bothTake(key) && !isReduced).toBe(false)
  })
})

test('encodings past the prime as R are not valid', () => {
  const secret = 12345n
  const publicKey = bytesOf(Point.BASE.multiply(secret))
  const message = new Uint8Array(5)
  for (const y of FIELD_EDGES)
    for (const sign of [0, 1] as const) {
      const r = encode(y, sign)
      const challenge = bytesToNumberLE(sha512(concatBytes(r, publicKey, message)))
      const s = Point.Fn.create(challenge * secret)
      const signature = concatBytes(r, numberToBytesLE(s, 32))
      expect(bothSay({ publicKey, message, signature })).toBe(false)
    }
})

test('the second half is below the order', () => {
  const given = { secret: 7n, nonce: 11n, message: new Uint8Array(2) }
  const signed = forge({ ...given, parts: [Point.ZERO, Point.ZERO] })
  const s = bytesToNumberLE(signed.signature.slice(32))
  for (let more = s; more < 1n << 256n; more += ORDER) {
    const signature = concatBytes(signed.signature.slice(0, 32), numberToBytesLE(more, 32))
    expect(bothSay({ ...signed, signature })).toBe(more === s)
  }
})

test('any bytes are a key, or a signature, to both or to none', () => {
  const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
  fc.assert(
    fc.property(bytes32, bytes32, bytes32, (publicKey, r, s) => {
      bothTake(publicKey)
      bothSay({ publicKey, message: r, signature: concatBytes(r, s) })
    }),
    { numRuns: 300 },
  )
})

test('any seed has the same key and signatures', () => {
  const seed = fc.uint8Array({ minLength: 32, maxLength: 32 })
  fc.assert(
    fc.property(seed, message, (given, text) => {
      expect(nodeEd25519.ed25519PublicKey(given)).toEqual(plainEd25519.ed25519PublicKey(given))
      const signature = nodeEd25519.ed25519Sign(given, text)
      expect(signature).toEqual(plainEd25519.ed25519Sign(given, text))
      const publicKey = nodeEd25519.ed25519PublicKey(given)
      expect(bothTake(publicKey)).toBe(true)
      expect(bothSay({ publicKey, message: text, signature })).toBe(true)
    }),
    { numRuns: 50 },
  )
})

test.each([0, 31, 33, 63, 65])('%i bytes are refused alike', (length) => {
  const wrong = new Uint8Array(length)
  const right = { publicKey: new Uint8Array(32), signature: new Uint8Array(64), message: wrong }
  expect(bothTake(wrong)).toBe(false)
  expect(bothSay({ ...right, publicKey: wrong })).toBe(false)
  expect(bothSay({ ...right, signature: wrong })).toBe(false)
  for (const { ed25519PublicKey, ed25519Sign } of [nodeEd25519, plainEd25519]) {
    expect(() => ed25519PublicKey(wrong)).toThrow(TypeError)
    expect(() => ed25519Sign(wrong, wrong)).toThrow(TypeError)
  }
})

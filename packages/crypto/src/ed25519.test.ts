import fc from 'fast-check'
import { sign, verify } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { nodePrivateKey, nodePublicBytes, nodePublicKey } from '../test/node-keys.ts'
import { fromHex, toHex } from '../test/vectors.ts'
import { ed25519PublicKey, ed25519Sign, ed25519Verify, isEd25519PublicKey } from './ed25519.ts'

/** RFC 8032, section 7.1. */
const vectors = [
  {
    name: 'TEST 1',
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    name: 'TEST 2',
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    name: 'TEST 3',
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
  {
    name: 'TEST SHA(abc)',
    seed: '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
    publicKey: 'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    message:
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    signature:
      'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
  },
]

describe('RFC 8032', () => {
  test.each(vectors)('$name', ({ seed, publicKey, message, signature }) => {
    expect(toHex(ed25519PublicKey(fromHex(seed)))).toBe(publicKey)
    expect(toHex(ed25519Sign(fromHex(seed), fromHex(message)))).toBe(signature)
    expect(
      ed25519Verify({
        publicKey: fromHex(publicKey),
        message: fromHex(message),
        signature: fromHex(signature),
      }),
    ).toBe(true)
  })
})

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })

test('signatures and public keys are those of the platform, which takes ours and gives us its own', () => {
  fc.assert(
    fc.property(bytes32, fc.uint8Array({ maxLength: 300 }), (seed, message) => {
      const key = nodePrivateKey('ed25519', seed)
      const publicKey = ed25519PublicKey(seed)
      expect(toHex(publicKey)).toBe(toHex(nodePublicBytes(key)))
      const signature = ed25519Sign(seed, message)
      expect(verify(null, message, nodePublicKey('ed25519', publicKey), signature)).toBe(true)
      const theirs = sign(null, message, key)
      expect(toHex(theirs)).toBe(toHex(signature))
      expect(ed25519Verify({ publicKey, message, signature: theirs })).toBe(true)
    }),
    { numRuns: 50 },
  )
})

describe('what is not valid', () => {
  const seed = fromHex(vectors[2]?.seed ?? '')
  const message = fromHex('af82')
  const signed = {
    publicKey: ed25519PublicKey(seed),
    message,
    signature: ed25519Sign(seed, message),
  }

  test('another message, another key, any changed byte', () => {
    expect(ed25519Verify(signed)).toBe(true)
    expect(ed25519Verify({ ...signed, message: fromHex('af83') })).toBe(false)
    expect(ed25519Verify({ ...signed, message: fromHex('') })).toBe(false)
    for (const field of ['publicKey', 'signature'] as const)
      signed[field].forEach((byte, i) => {
        const other = { ...signed, [field]: signed[field].with(i, byte ^ 1) }
        expect(ed25519Verify(other)).toBe(false)
      })
  })

  test.each([0, 31, 33, 63, 64, 65])('a public key or a signature of %i bytes', (length) => {
    expect(ed25519Verify({ ...signed, publicKey: new Uint8Array(length) })).toBe(false)
    expect(ed25519Verify({ ...signed, signature: new Uint8Array(length) })).toBe(false)
  })

  test('any bytes at all, which never throw', () => {
    fc.assert(
      fc.property(
        bytes32,
        fc.uint8Array({ minLength: 64, maxLength: 64 }),
        (publicKey, signature) => {
          expect(ed25519Verify({ publicKey, message, signature })).toBe(false)
        },
      ),
    )
  })

  test('the same signature with the group order added to its second half', () => {
    const order = (1n << 252n) + 27742317777372353535851937790883648493n
    let s = BigInt(`0x${toHex(signed.signature.slice(32).reverse()) ?? ''}`) + order
    const signature = Uint8Array.from(signed.signature)
    for (let i = 32; i < 64; i++, s >>= 8n) signature[i] = Number(s & 255n)
    expect(s).toBe(0n)
    expect(ed25519Verify({ ...signed, signature })).toBe(false)
  })

  test('a public key of low order, which would sign every message', () => {
    const identity = new Uint8Array(32).with(0, 1)
    const signature = new Uint8Array(64).with(0, 1)
    expect(ed25519Verify({ publicKey: identity, message, signature })).toBe(false)
  })

  test('a public key that is no point', () => {
    expect(ed25519Verify({ ...signed, publicKey: new Uint8Array(32).with(0, 2) })).toBe(false)
  })
})

test.each([31, 33, 64])('a seed of %i bytes is a mistake of the caller', (length) => {
  expect(() => ed25519PublicKey(new Uint8Array(length))).toThrow(TypeError)
  expect(() => ed25519Sign(new Uint8Array(length), new Uint8Array())).toThrow(TypeError)
})

describe('bytes that may be a public key', () => {
  test('are one when a seed has it', () => {
    for (const { publicKey } of vectors) expect(isEd25519PublicKey(fromHex(publicKey))).toBe(true)
    const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(isEd25519PublicKey(ed25519PublicKey(seed))).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  test.each([
    ['no point of the curve', `02${'00'.repeat(31)}`],
    ['not canonical', `ee${'ff'.repeat(30)}7f`],
    ['too short', '00'.repeat(31)],
    ['too long', '01'.repeat(33)],
    ['nothing', ''],
  ])('are none when they are %s', (_, hex) => {
    expect(isEd25519PublicKey(fromHex(hex))).toBe(false)
  })
})

import { describe, expect, test } from 'vitest'
import { refusal } from '../test/caught.ts'
import { account } from '../test/vectors.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { CryptoError, fromUtf8 } from './bytes.ts'
import { ed25519PublicKey } from './ed25519.ts'
import { type RawObject, signableBytes, signJson, verifyJson } from './signed-json.ts'

// The specification's seed ends in "1", whose last two bits belong to no byte; decodeBase64 refuses
// such text, so they are cleared here. The 32 bytes are the same.
const seed = decodeBase64('YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA0')
const publicKey = ed25519PublicKey(seed)
const signer = { userId: 'domain', keyId: 'ed25519:1' }

test("the specification's seed itself has stray bits", () => {
  const text = 'YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1'
  expect(refusal(() => decodeBase64(text))).toBe('base64_trailing_bits')
  expect(seed).toEqual(Uint8Array.from(Buffer.from(text, 'base64')))
})

describe("the specification's test vectors", () => {
  test.each([
    [{}, 'K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ'],
    [
      { one: 1, two: 'Two' },
      'KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw',
    ],
  ])('%j', (object, signature) => {
    const signed = signJson(object, signer, seed)
    expect(signed).toEqual({ ...object, signatures: { domain: { 'ed25519:1': signature } } })
    expect(verifyJson(signed, signer, publicKey)).toBe('valid')
  })
})

/** Signed objects of a real account: who signed, and with which public key. */
function realSignatures(): readonly (readonly [string, RawObject, string, Uint8Array])[] {
  const { device_id, device_keys, backup } = account
  const keyIn = (object: RawObject): readonly [string, Uint8Array] => {
    const [entry] = Object.entries(object['keys'] as Readonly<Record<string, string>>)
    if (entry === undefined) throw new TypeError('The vector has no key')
    return [entry[0], decodeBase64(entry[1])]
  }
  const device = [
    `ed25519:${device_id}`,
    decodeBase64(device_keys.keys[`ed25519:${device_id}`] ?? ''),
  ] as const
  const master = keyIn(account.master_key)
  const selfSigning = keyIn(account.self_signing_key)
  return [
    ['device keys by the device', device_keys, ...device],
    ['device keys by the self-signing key', device_keys, ...selfSigning],
    ['master key by the device', account.master_key, ...device],
    ['master key by itself', account.master_key, ...master],
    ['self-signing key by the master key', account.self_signing_key, ...master],
    ['user-signing key by the master key', account.user_signing_key, ...master],
    ['auth_data by the device', backup.version.auth_data, ...device],
    ['auth_data by the master key', backup.version.auth_data, ...master],
    ...Object.entries(account.one_time_keys).map(
      ([id, object]) => [`one-time key ${id}`, object, ...device] as const,
    ),
  ]
}

const real = realSignatures().map(([name, object, keyId, key]) => ({
  name,
  object,
  key,
  by: { userId: account.user_id, keyId },
}))

describe('signatures of a real account', () => {
  test.each(real)('$name', ({ object, by, key }) => {
    expect(verifyJson(object, by, key)).toBe('valid')
  })

  test('a private seed of the account signs as the other implementation did', () => {
    const masterSeed = decodeBase64(account.cross_signing_private['master'] ?? '')
    const by = {
      userId: account.user_id,
      keyId: `ed25519:${encodeBase64(ed25519PublicKey(masterSeed))}`,
    }
    const { signatures, ...unsigned } = account.self_signing_key
    expect(signJson(unsigned, by, masterSeed)['signatures']).toEqual(signatures)
  })
})

/** Every copy of a value in which one thing differs: a leaf, a key more, a key less. */
function differing(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value
    const inside = items.flatMap((item, i) => differing(item).map((other) => items.with(i, other)))
    return [...inside, [...items, 'more'], items.slice(1)]
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
    const inside = members.flatMap(([key, inner], i) => [
      ...differing(inner).map((other) => members.with(i, [key, other])),
      members.toSpliced(i, 1),
      members.with(i, [`${key}x`, inner]),
    ])
    return [...inside, [...members, ['more', 1]]].map((changed) =>
      Object.fromEntries(changed as [string, unknown][]),
    )
  }
  if (typeof value !== 'string') return [typeof value === 'number' ? value + 1 : null]
  return Array.from(value).map(
    (character, i) => `${value.slice(0, i)}${character === 'A' ? 'B' : 'A'}${value.slice(i + 1)}`,
  )
}

describe('a signature', () => {
  const { signatures, ...covered } = account.device_keys
  const by = { userId: account.user_id, keyId: `ed25519:${account.device_id}` }
  const key = decodeBase64(account.device_keys.keys[by.keyId] ?? '')

  test('covers every character of every value, and every key', () => {
    const others = differing(covered) as readonly RawObject[]
    expect(others.length).toBeGreaterThan(150)
    const valid = others.filter(
      (other) => verifyJson({ ...other, signatures }, by, key) !== 'invalid',
    )
    expect(valid).toEqual([])
  })

  test('covers unknown keys, also those named like members of Object.prototype', () => {
    for (const text of ['{"__proto__": 1}', '{"constructor": {}}', '{"": null}']) {
      const more = Object.entries(JSON.parse(text) as object)
      const other: RawObject = Object.fromEntries([...Object.entries(account.device_keys), ...more])
      expect(verifyJson(other, by, key)).toBe('invalid')
      const signed = signJson(Object.fromEntries(more), signer, seed)
      expect(verifyJson(signed, signer, publicKey)).toBe('valid')
      expect(verifyJson({ signatures: signed['signatures'] }, signer, publicKey)).toBe('invalid')
    }
  })

  test('covers "unsigned" and "signatures" further inside', () => {
    const signed = signJson({ inner: { unsigned: 1, signatures: 2 } }, signer, seed)
    expect(verifyJson({ ...signed, inner: { unsigned: 1 } }, signer, publicKey)).toBe('invalid')
  })

  test('does not cover unsigned, other signatures, or the order of keys', () => {
    const others: readonly RawObject[] = [
      { ...account.device_keys, unsigned: { device_display_name: 'Phone', odd: 0.5 } },
      { ...account.device_keys, signatures: { ...(signatures as object), '@eve:x': { k: 'v' } } },
      Object.fromEntries(Object.entries(account.device_keys).toReversed()),
    ]
    for (const other of others) expect(verifyJson(other, by, key)).toBe('valid')
  })

  test('that has any bit changed is invalid', () => {
    const signed = signJson({ a: 1 }, signer, seed)
    const bytes = decodeBase64(
      'signatures' in signed
        ? String(Object.values(Object.values(signed.signatures as object)[0] as object)[0])
        : '',
    )
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const other = Uint8Array.from(bytes)
      other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const object = { a: 1, signatures: { domain: { 'ed25519:1': encodeBase64(other) } } }
      expect(verifyJson(object, signer, publicKey)).toBe('invalid')
    }
  })
})

describe('signJson', () => {
  test('leaves the object alone, and keeps every signature and key', () => {
    const object = {
      a: 1,
      unsigned: { b: 2 },
      signatures: { other: { k: 's' }, domain: { k2: 't' } },
    }
    const before = JSON.stringify(object)
    const signed = signJson(object, signer, seed)
    expect(JSON.stringify(object)).toBe(before)
    expect(signed).toMatchObject(object)
    expect(verifyJson(signed, signer, publicKey)).toBe('valid')
  })

  test('signs again to the same, and beside a second signer', () => {
    const once = signJson({ a: 1 }, signer, seed)
    expect(signJson(once, signer, seed)).toEqual(once)
    const second = { userId: 'domain', keyId: 'ed25519:2' }
    const both = signJson(once, second, seed)
    expect(verifyJson(both, signer, publicKey)).toBe('valid')
    expect(verifyJson(both, second, publicKey)).toBe('valid')
  })

  test.each([{ a: 0.5 }, { a: undefined }, { a: '\ud800' }])('refuses %j', (object) => {
    expect(refusal(() => signJson(object, signer, seed))).toBe('not_canonical_json')
  })

  test('takes a seed of 32 bytes alone', () => {
    expect(() => signJson({}, signer, new Uint8Array(31))).toThrow(TypeError)
  })
})

test('the covered bytes leave signatures and unsigned out', () => {
  const object = { b: 2, a: 1, signatures: 'any', unsigned: 0.5 }
  expect(fromUtf8(signableBytes(object))).toBe('{"a":1,"b":2}')
})

describe('user and key ids named like members of Object.prototype', () => {
  const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']

  test.each(names)('%s signs and verifies', (name) => {
    const hostile = { userId: name, keyId: name }
    expect(verifyJson({ a: 1, signatures: {} }, hostile, publicKey)).toBe('missing')
    expect(verifyJson({ a: 1 }, hostile, publicKey)).toBe('missing')
    const signed = signJson(signJson({ a: 1 }, signer, seed), hostile, seed)
    expect(verifyJson(signed, hostile, publicKey)).toBe('valid')
    expect(verifyJson(signed, signer, publicKey)).toBe('valid')
    expect(Object.getPrototypeOf(signed)).toBe(Object.prototype)
    const reread = JSON.parse(JSON.stringify(signed)) as RawObject
    expect(reread).toEqual(signed)
    expect(verifyJson(reread, hostile, publicKey)).toBe('valid')
  })

  test('a prototype that a sender smuggles in holds no signature', () => {
    const signed = JSON.stringify(signJson({ a: 1 }, signer, seed)['signatures' as 'a'])
    const smuggled = JSON.parse(`{"a": 1, "signatures": {"__proto__": ${signed}}}`) as RawObject
    expect(verifyJson(smuggled, signer, publicKey)).toBe('missing')
    const inherited = Object.create(signJson({}, signer, seed)) as RawObject
    expect(verifyJson(inherited, signer, publicKey)).toBe('missing')
  })
})

describe('states', () => {
  test.each([
    [undefined],
    [null],
    ['text'],
    [7],
    [[]],
    [{}],
    [{ domain: null }],
    [{ domain: 's' }],
  ])('signatures %j: missing', (signatures) => {
    expect(verifyJson({ a: 1, signatures }, signer, publicKey)).toBe('missing')
  })

  test.each([
    [null],
    [7],
    [{}],
    [[]],
    [''],
    ['not base64!'],
    ['AAAA'],
    ['A'.repeat(86)],
    ['-_'.repeat(43)],
  ])('signature %j: invalid', (signature) => {
    const object = { a: 1, signatures: { domain: { 'ed25519:1': signature } } }
    expect(verifyJson(object, signer, publicKey)).toBe('invalid')
  })

  test('another key, or what is no key: invalid', () => {
    const signed = signJson({ a: 1 }, signer, seed)
    for (const key of [new Uint8Array(32), new Uint8Array(31), new Uint8Array(32).fill(255)])
      expect(verifyJson(signed, signer, key)).toBe('invalid')
    expect(verifyJson(signed, { ...signer, keyId: 'ed25519:2' }, publicKey)).toBe('missing')
  })

  test('padded base64: valid', () => {
    const signature =
      'KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw=='
    const object = { one: 1, two: 'Two', signatures: { domain: { 'ed25519:1': signature } } }
    expect(verifyJson(object, signer, publicKey)).toBe('valid')
  })

  test('an object that cannot have been signed throws, when a signature is claimed', () => {
    const signatures = { domain: { 'ed25519:1': 'A'.repeat(86) } }
    expect(() => verifyJson({ a: 0.5, signatures }, signer, publicKey)).toThrow(CryptoError)
    expect(verifyJson({ a: 0.5 }, signer, publicKey)).toBe('missing')
  })
})

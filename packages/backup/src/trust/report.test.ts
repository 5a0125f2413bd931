import { decodeBase64, encodeBase64, encodePaddedBase64 } from '@roomkeys/crypto/base64'
import { isJsonObject, type JsonObject } from '@roomkeys/types'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  answerWith,
  caller,
  contextOf,
  crossSigned,
  DELETED,
  deviceKey,
  deviceObject,
  keyPair,
  listed,
  master,
  OTHER,
  OWN,
  report,
  selfSigning,
  signedBy,
  UNVERIFIED,
  USER,
} from '../../test/trust/world.ts'
import { decryptionKeyFromBytes } from '../decryption-key.ts'
import { inspectAuthData } from './report.ts'
import { type AuthDataSignature, MAX_SIGNATURES } from './signatures.ts'
import { uploadTrust } from './upload-trust.ts'

const key = decryptionKeyFromBytes(new Uint8Array(32).fill(7))
const bare: JsonObject = {
  public_key: key.publicKey,
  private_key_salt: 's',
  'org.example': { a: [1] },
}
const BOB = '@bob:example.org'

/** The signatures as one line each. */
function lines(signatures: readonly AuthDataSignature[]): readonly string[] {
  return signatures.map(({ keyId, signer, state }) => {
    const who = signer.kind === 'device' ? `device ${signer.deviceId}` : signer.kind
    return `${keyId.replace(master.publicKey, 'MASTER')} ${who} ${state}`
  })
}

/** `auth_data` with these signatures, whatever they are. */
const withSignatures = (signatures: unknown): JsonObject => ({ ...bare, signatures })

describe('a signature', () => {
  test('by master key and own device is valid and trusted', () => {
    const signed = signedBy(signedBy(bare, OWN, deviceKey(OWN)), master.publicKey, master)
    const found = report(signed)
    expect(lines(found.signatures)).toEqual([
      'ed25519:OWN device OWN valid_trusted',
      'ed25519:MASTER master_key valid_trusted',
    ])
    expect(found.signatures[0]?.signer).toEqual({ kind: 'device', deviceId: OWN, isOwn: true })
    expect(uploadTrust(found)).toEqual({ isTrusted: true, by: 'master_key' })
    expect(found.authData).toBe(signed)
  })

  test('that is expected and not there is missing', () => {
    expect(lines(report(bare).signatures)).toEqual([
      'ed25519:MASTER master_key missing',
      'ed25519:OWN device OWN missing',
    ])
    expect(uploadTrust(report(bare))).toEqual({ isTrusted: false, because: 'unsigned' })
  })

  test('by another verified device is trusted, and the expected ones are missing beside it', () => {
    const found = report(signedBy(bare, OTHER, deviceKey(OTHER)))
    expect(lines(found.signatures)).toEqual([
      'ed25519:OTHER device OTHER valid_trusted',
      'ed25519:MASTER master_key missing',
      'ed25519:OWN device OWN missing',
    ])
    expect(found.signatures[0]?.signer).toMatchObject({ isOwn: false })
    expect(uploadTrust(found)).toEqual({ isTrusted: true, by: 'device', deviceId: OTHER })
  })

  test('by a device that is not verified is valid, and not trusted', () => {
    const found = report(signedBy(bare, UNVERIFIED, deviceKey(UNVERIFIED)))
    expect(lines(found.signatures)[0]).toBe(
      'ed25519:UNVERIFIED device UNVERIFIED valid_not_trusted',
    )
    expect(uploadTrust(found)).toEqual({ isTrusted: false, because: 'signers_not_trusted' })
  })

  test('by a master key that is not trusted is valid, and not trusted', () => {
    const stranger = contextOf(answerWith(listed), { userId: USER })
    const found = report(signedBy(bare, master.publicKey, master), stranger)
    expect(lines(found.signatures)).toEqual(['ed25519:MASTER master_key valid_not_trusted'])
    expect(uploadTrust(found)).toEqual({ isTrusted: false, because: 'signers_not_trusted' })
  })

  test('by a deleted device cannot be checked, and is not valid', () => {
    const found = report(signedBy(bare, DELETED, deviceKey(DELETED)))
    expect(lines(found.signatures)[0]).toBe('ed25519:DELETED unknown_key unknown_key')
    expect(uploadTrust(found)).toEqual({ isTrusted: false, because: 'unknown_signers' })
  })

  test('by a key of a wrong role cannot be checked', () => {
    const found = report(signedBy(bare, selfSigning.publicKey, selfSigning))
    expect(found.signatures[0]).toMatchObject({ signer: { kind: 'unknown_key' } })
    expect(uploadTrust(found).isTrusted).toBe(false)
  })

  test('of another user is reported, and plays no part', () => {
    const own = signedBy(bare, OWN, deviceKey(OWN))
    const ofUser = (own['signatures'] as Record<string, JsonObject>)[USER]
    const found = report(withSignatures({ [BOB]: ofUser, ['__proto__']: ofUser }))
    expect(found.signatures.slice(0, 2)).toEqual(
      [BOB, '__proto__'].map((userId) => ({
        userId,
        keyId: 'ed25519:OWN',
        signer: { kind: 'other_user' },
        state: 'unknown_key',
      })),
    )
    expect(lines(found.signatures.slice(2))).toEqual([
      'ed25519:MASTER master_key missing',
      'ed25519:OWN device OWN missing',
    ])
    expect(uploadTrust(found).isTrusted).toBe(false)
  })

  test('may be padded', () => {
    const signed = signedBy(bare, OWN, deviceKey(OWN))
    const text = (signed['signatures'] as Record<string, Record<string, string>>)[USER]?.[
      `ed25519:${OWN}`
    ]
    const padded = encodePaddedBase64(decodeBase64(text ?? ''))
    expect(padded).toMatch(/==$/)
    const found = report(withSignatures({ [USER]: { [`ed25519:${OWN}`]: padded } }))
    expect(lines(found.signatures)[0]).toBe('ed25519:OWN device OWN valid_trusted')
  })

  test.each([
    ['a number', 1],
    ['null', null],
    ['an object', {}],
    ['an empty text', ''],
    ['no base64', '*'.repeat(86)],
    ['too short', 'AAAA'],
    ['very long', 'A'.repeat(1_000_000)],
    ['zeros', encodeBase64(new Uint8Array(64))],
  ])('that is %s is invalid', (_, value) => {
    const found = report(withSignatures({ [USER]: { [`ed25519:${OWN}`]: value } }))
    expect(lines(found.signatures)[0]).toBe('ed25519:OWN device OWN invalid')
    expect(uploadTrust(found)).toEqual({ isTrusted: false, because: 'invalid_signatures' })
  })

  test.each([
    ['another algorithm', `curve25519:${OWN}`],
    ['no algorithm', OWN],
    ['a padded master key', `ed25519:${master.publicKey}=`],
    ['__proto__', '__proto__'],
    ['constructor', 'constructor'],
    ['nothing', ''],
  ])('under %s belongs to no known key', (_, keyId) => {
    const signed = signedBy(bare, OWN, deviceKey(OWN))
    const text = (signed['signatures'] as Record<string, Record<string, string>>)[USER]?.[
      `ed25519:${OWN}`
    ]
    const found = report(withSignatures({ [USER]: { [keyId]: text } }))
    expect(found.signatures[0]).toEqual({
      userId: USER,
      keyId,
      signer: { kind: 'unknown_key' },
      state: 'unknown_key',
    })
    expect(uploadTrust(found)).toEqual({ isTrusted: false, because: 'unknown_signers' })
  })

  test('under inherited properties is not there', () => {
    const signed = signedBy(bare, OWN, deviceKey(OWN))
    const inherited = Object.create({ signatures: signed['signatures'] }) as object
    const found = report(Object.assign(inherited, bare))
    expect(found.signatureMap).toBe('absent')
    const all = signed['signatures'] as Record<string, object>
    const ofUser = Object.create(all[USER] ?? {}) as object
    expect(uploadTrust(report(withSignatures({ [USER]: ofUser }))).isTrusted).toBe(false)
  })
})

describe('a device that calls itself what the master key is called', () => {
  const impostor = keyPair(66)
  const id = master.publicKey

  test('is not the master key: its signature is its own, and worth nothing', () => {
    const context = contextOf(answerWith({ ...listed, [id]: deviceObject(id, impostor) }))
    const found = report(signedBy(bare, id, impostor), context)
    expect(found.signatures[0]).toEqual({
      userId: USER,
      keyId: `ed25519:${id}`,
      signer: { kind: 'device', deviceId: id, isOwn: false },
      state: 'valid_not_trusted',
    })
    expect(found.signatures.slice(1).map(({ signer, state }) => [signer.kind, state])).toEqual([
      ['master_key', 'missing'],
      ['device', 'missing'],
    ])
    expect(uploadTrust(found)).toEqual({ isTrusted: false, because: 'signers_not_trusted' })
  })

  test('does not make the signature of the master key invalid', () => {
    const context = contextOf(answerWith({ ...listed, [id]: deviceObject(id, impostor) }))
    const found = report(signedBy(bare, id, master), context)
    expect(found.signatures[0]).toMatchObject({
      signer: { kind: 'master_key' },
      state: 'valid_trusted',
    })
  })

  test('is trusted as that device when it is verified, and as nothing else', () => {
    const context = contextOf(answerWith({ ...listed, [id]: crossSigned(id, impostor) }))
    const found = report(signedBy(bare, id, impostor), context)
    expect(uploadTrust(found)).toEqual({ isTrusted: true, by: 'device', deviceId: id })
  })
})

test('a listed device that only has the name of the own one is not trusted', () => {
  const impostor = keyPair(66)
  const context = contextOf(answerWith({ [OWN]: crossSigned(OWN, impostor) }))
  const found = report(signedBy(bare, OWN, impostor), context)
  expect(lines(found.signatures)[0]).toBe('ed25519:OWN device OWN valid_not_trusted')
  const real = report(signedBy(bare, OWN, deviceKey(OWN)), context)
  expect(lines(real.signatures)[0]).toBe('ed25519:OWN device OWN invalid')
})

test('a listed device without a key that can be read makes its signature unverifiable', () => {
  const context = contextOf(answerWith({ ...listed, [OTHER]: { user_id: USER, device_id: OTHER } }))
  const found = report(signedBy(bare, OTHER, deviceKey(OTHER)), context)
  expect(lines(found.signatures)[0]).toBe('ed25519:OTHER device OTHER unknown_key')
  expect(uploadTrust(found)).toEqual({ isTrusted: false, because: 'unknown_signers' })
})

describe('the key match stands apart', () => {
  const other = decryptionKeyFromBytes(new Uint8Array(32).fill(8))
  const context = contextOf()

  test.each([
    ['match', { key, source: 'trusted' }, { isTrusted: true, by: 'key_match' }],
    ['match_untrusted_source', { key, source: 'untrusted' }, { because: 'unsigned' }],
    ['mismatch', { key: other, source: 'trusted' }, { because: 'unsigned' }],
  ] as const)('%s', (keyMatch, held, conclusion) => {
    const found = inspectAuthData(bare, { ...context, held })
    expect(found.keyMatch).toBe(keyMatch)
    expect(uploadTrust(found)).toMatchObject(conclusion)
  })

  test('without a key there is none', () => {
    expect(report(bare).keyMatch).toBe('no_key')
  })

  test('the public key is derived: what the caller says it is counts nothing', () => {
    const lying = { ...other, publicKey: key.publicKey }
    const found = inspectAuthData(bare, { ...context, held: { key: lying, source: 'trusted' } })
    expect(found.keyMatch).toBe('mismatch')
  })

  test('a padded public key matches as well', () => {
    const padded = { ...bare, public_key: `${key.publicKey}=` }
    const found = inspectAuthData(padded, { ...context, held: { key, source: 'trusted' } })
    expect(found.keyMatch).toBe('match')
    expect(found.publicKey).toEqual({ state: 'readable', publicKey: key.publicKey })
  })

  test('a mismatch leaves a signed version trusted for uploads', () => {
    const signed = signedBy(bare, master.publicKey, master)
    const found = inspectAuthData(signed, { ...context, held: { key: other, source: 'trusted' } })
    expect([found.keyMatch, uploadTrust(found)]).toEqual([
      'mismatch',
      { isTrusted: true, by: 'master_key' },
    ])
  })
})

describe('broken auth_data becomes facts', () => {
  const held = { key, source: 'trusted' } as const

  test.each([
    ['no public_key', undefined, { state: 'missing' }, 'no_public_key'],
    [
      'a public_key that is null',
      null,
      { state: 'malformed', byteLength: null },
      'malformed_public_key',
    ],
    [
      'a public_key of 45 bytes',
      encodeBase64(new Uint8Array(45)),
      { state: 'malformed', byteLength: 45 },
      'malformed_public_key',
    ],
    ['an empty public_key', '', { state: 'malformed', byteLength: 0 }, 'malformed_public_key'],
    ['no base64', '*', { state: 'malformed', byteLength: null }, 'malformed_public_key'],
    [
      'megabytes',
      'A'.repeat(4_000_000),
      { state: 'malformed', byteLength: null },
      'malformed_public_key',
    ],
  ] as const)('%s, even when it is signed', (...row) => {
    const [, public_key, publicKey, because] = row
    const broken = public_key === undefined ? { a: 1 } : { public_key }
    const signed = signedBy(broken, master.publicKey, master)
    const found = inspectAuthData(signed, { ...contextOf(), held })
    expect(found.publicKey).toEqual(publicKey)
    expect(found.keyMatch).toBe('no_public_key')
    expect(found.signatures[0]?.state).toBe('valid_trusted')
    expect(uploadTrust(found)).toEqual({ isTrusted: false, because })
  })

  test.each([[[]], [null], [1], ['text'], [true]])('signatures that are %j', (signatures) => {
    const found = report(withSignatures(signatures))
    expect(found.signatureMap).toBe('malformed')
    expect(found.signatures.map(({ state }) => state)).toEqual(['missing', 'missing'])
  })

  test('signatures of a user that are no object', () => {
    const found = report(withSignatures({ [USER]: 'text', [BOB]: [], '@c:d': {} }))
    expect(found.malformedUsers).toEqual([USER, BOB])
    expect(found.signatures.map(({ state }) => state)).toEqual(['missing', 'missing'])
  })

  test.each([[0.5], [-0], [2 ** 53], ['\ud800']])('%j, which has no canonical form', (value) => {
    const signed = signedBy(bare, master.publicKey, master)
    const found = inspectAuthData({ ...signed, odd: value }, { ...contextOf(), held })
    expect(found.isSignable).toBe(false)
    expect(found.signatures[0]?.state).toBe('invalid')
    expect(uploadTrust(found)).toEqual({ isTrusted: true, by: 'key_match' })
  })

  test('10,000 signatures: those that decide are looked at, the rest is counted', () => {
    const signed = signedBy(signedBy(bare, master.publicKey, master), OTHER, deviceKey(OTHER))
    const own = (signed['signatures'] as Record<string, JsonObject>)[USER]
    const flood = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, index) => [`ed25519:D${index}`, 'A'.repeat(86)]),
    )
    const found = report(withSignatures({ [BOB]: flood, [USER]: { ...flood, ...own } }))
    expect(found.signatures).toHaveLength(MAX_SIGNATURES + 1)
    expect(found.omitted).toBe(20_002 - MAX_SIGNATURES)
    expect(lines(found.signatures.slice(0, 2))).toEqual([
      'ed25519:MASTER master_key valid_trusted',
      'ed25519:OTHER device OTHER valid_trusted',
    ])
    expect(uploadTrust(found)).toEqual({ isTrusted: true, by: 'master_key' })
  })
})

test('trusted keys of another user are a mistake of the caller', () => {
  const { user, trusted } = contextOf()
  expect(() => inspectAuthData(bare, { user, trusted: { ...trusted, userId: BOB } })).toThrow(
    new TypeError('trusted must be of the same user'),
  )
})

/** Any JSON, with the names that matter in it more often than by chance. */
const name = fc.oneof(
  fc.constantFrom(USER, BOB, '__proto__', 'constructor', 'signatures', 'public_key', 'unsigned'),
  fc.constantFrom(`ed25519:${OWN}`, `ed25519:${master.publicKey}`, `curve25519:${OWN}`),
  fc.string({ maxLength: 8 }),
)
const anything = fc.letrec<{ value: unknown; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, 0, -0, 0.5, 'A'.repeat(86), key.publicKey),
    fc.string({ maxLength: 90 }),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}))
const hostile = fc
  .tuple(anything.object, anything.value, anything.value)
  .map(([object, signatures, public_key]) => ({ ...object, signatures, public_key }))

describe('whatever auth_data holds', () => {
  const context = { ...contextOf(), held: { key, source: 'trusted' } as const }

  test('becomes facts, and only the key makes it trusted', () => {
    fc.assert(
      fc.property(hostile, (authData) => {
        const found = inspectAuthData(authData, context)
        const isOurs = found.publicKey.state === 'readable' && found.keyMatch === 'match'
        expect(uploadTrust(found).isTrusted).toBe(isOurs)
        expect(found.signatures.every(({ state }) => !state.startsWith('valid'))).toBe(true)
        const map = authData.signatures
        const count = isJsonObject(map)
          ? Object.values(map).flatMap((of) => (isJsonObject(of) ? Object.keys(of) : [])).length
          : 0
        const missing = found.signatures.filter(({ state }) => state === 'missing').length
        expect(found.signatures.length - missing + found.omitted).toBe(count)
      }),
      { numRuns: 500 },
    )
  })

  test('a signature over it is valid, over anything else invalid', () => {
    const canonical = fc.dictionary(name, fc.oneof(fc.integer(), fc.string({ unit: 'binary' })), {
      noNullPrototype: true,
    })
    const covered = (object: JsonObject): JsonObject =>
      Object.fromEntries(
        Object.entries(object).filter(([field]) => !['signatures', 'unsigned'].includes(field)),
      )
    fc.assert(
      fc.property(canonical.map(covered), fc.string(), fc.integer(), (fields, field, value) => {
        const signed = signedBy({ ...fields, public_key: key.publicKey }, master.publicKey, master)
        expect(uploadTrust(report(signed, context)).isTrusted).toBe(true)
        const changed = { ...signed, [`x${field}`]: value }
        const state = report(changed, context).signatures[0]?.state
        const isSame = Object.hasOwn(signed, `x${field}`) && signed[`x${field}`] === value
        expect(state).toBe(isSame ? 'valid_trusted' : 'invalid')
      }),
      { numRuns: 60 },
    )
  })
})

test('the caller of the tests is trusted itself', () => {
  expect(contextOf().trusted.masterKey).toBe(caller.masterKeys?.get(USER))
})

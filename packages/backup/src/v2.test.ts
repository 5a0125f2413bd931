import { encodeBase64 } from '@roomkeys/crypto/base64'
import { fromUtf8, randomBytes, utf8 } from '@roomkeys/crypto/bytes'
import { hmacSha256 } from '@roomkeys/crypto/hmac'
import { SecretBytes } from '@roomkeys/crypto/secret'
import { sharedSecret } from '@roomkeys/crypto/x25519'
import {
  type BackedUpSessionData,
  backupVersionInfoSchema,
  type JsonObject,
  parseWire,
} from '@roomkeys/types'
import fc from 'fast-check'
import { createHmac } from 'node:crypto'
import { describe, expect, test, vi } from 'vitest'
import { caught } from '../test/caught.ts'
import { encrypted } from '../test/encrypted.ts'
import { memoisedSharedSecrets, openAll, openBad, openGood } from '../test/open.ts'
import { entryOf, session } from '../test/sealed.ts'
import { account } from '../test/vectors.ts'
import type { BackupAlgorithm } from './algorithm.ts'
import { withBackupMac } from './curve25519/backup-mac.ts'
import { encryptionKeyOf } from './encryption-key.ts'
import { backupMacKey } from './mac-key.ts'
import { serialisePlaintext } from './plaintext.ts'
import { megolmBackupV1 } from './v1.ts'
import { megolmBackupV2, megolmBackupV2Unstable } from './v2.ts'

const key = encryptionKeyOf(account.key)
const macKey = backupMacKey(account.key)
const check = { macKey, macPolicy: 'libolm' } as const
const policies = ['libolm', 'libolm_or_intended', 'backup_mac_required'] as const

const NAME_OF = new Map<BackupAlgorithm, string>([
  [megolmBackupV1, 'org.matrix.msc4048.backup_mac'],
  [megolmBackupV2, 'backup_mac'],
  [megolmBackupV2Unstable, 'org.matrix.msc4048.backup_mac'],
])

function nameOf(algorithm: BackupAlgorithm): string {
  return NAME_OF.get(algorithm) ?? ''
}

/** `session_data` with the right MAC, whatever else is in it. */
function authentic(algorithm: BackupAlgorithm, extra: JsonObject): JsonObject {
  const sessionData = { ...encrypted(session, { algorithm, key }), ...extra }
  return withBackupMac(sessionData, { macKey, name: nameOf(algorithm) })
}

const sessions: fc.Arbitrary<BackedUpSessionData> = fc
  .tuple(fc.dictionary(fc.string(), fc.jsonValue()), fc.string({ unit: 'grapheme' }))
  .map(([unknown, sender_key]) => {
    const outside = ['room_id', 'session_id', 'unauthenticated']
    const kept = Object.entries(unknown).filter(([name]) => !outside.includes(name))
    return { ...Object.fromEntries(kept), ...session, sender_key }
  })

describe.each([megolmBackupV1, megolmBackupV2, megolmBackupV2Unstable])('$name', (algorithm) => {
  test('what was encrypted is decrypted to the same, with unknown keys', () => {
    fc.assert(
      fc.property(sessions, (given) => {
        const parsed = algorithm.parseSessionData(encrypted(given, { algorithm, key }), check)
        const secret = sharedSecret(account.key.privateKey.expose(), parsed.ephemeral)
        const { plaintext } = algorithm.decrypt(parsed, {
          sharedSecret: secret ?? new Uint8Array(),
          macPolicy: 'libolm',
        })
        expect(fromUtf8(plaintext)).toBe(fromUtf8(serialisePlaintext(given)))
      }),
      { numRuns: 30 },
    )
  })

  test('the MAC is what the proposal says, by other means', () => {
    const { unsigned, ...covered } = encrypted(session, { algorithm, key })
    const sorted = Object.entries(covered).toSorted(([a], [b]) => (a < b ? -1 : 1))
    const text = JSON.stringify(Object.fromEntries(sorted))
    const mac = createHmac('sha256', macKey.expose()).update(text).digest()
    expect(unsigned).toEqual({ [nameOf(algorithm)]: encodeBase64(mac) })
  })

  test('any JSON beside it is covered, and opens', async () => {
    const extra = fc
      .dictionary(fc.string(), fc.string({ unit: 'grapheme' }))
      .filter(
        (given) =>
          !['ephemeral', 'ciphertext', 'mac', 'unsigned'].some((name) =>
            Object.hasOwn(given, name),
          ),
      )
    await fc.assert(
      fc.asyncProperty(extra, async (given) => {
        const opened = await openGood(entryOf(authentic(algorithm, given)), { algorithm })
        expect(opened.backupMac).toBe('valid')
      }),
      { numRuns: 30 },
    )
  })

  test('a padded MAC is the same MAC', async () => {
    const { unsigned, ...covered } = authentic(algorithm, {})
    const padded = Object.entries(unsigned as JsonObject).map(([name, mac]) => [
      name,
      `${String(mac)}=`,
    ])
    const entry = entryOf({ ...covered, unsigned: Object.fromEntries(padded) as JsonObject })
    expect((await openGood(entry, { algorithm })).backupMac).toBe('valid')
  })

  test('is a frozen value', () => {
    expect(Object.isFrozen(algorithm)).toBe(true)
  })

  test('reads auth_data of its own name alone', () => {
    const names = [megolmBackupV1, megolmBackupV2, megolmBackupV2Unstable].map(({ name }) => name)
    const read = [...names, 'org.example'].map((name) => {
      const given = { ...account.version, algorithm: name }
      return algorithm.parseAuthData(parseWire(backupVersionInfoSchema, given, 'version'))
    })
    expect(read.map((authData) => authData !== null)).toEqual(
      [...names, 'org.example'].map((name) => name === algorithm.name),
    )
    expect(read.find((authData) => authData !== null)).toBe(account.version.auth_data)
  })

  test('takes broken auth_data of its own name for an error', () => {
    const broken = { ...account.version, algorithm: algorithm.name, auth_data: { public_key: 'A' } }
    expect(caught(() => algorithm.parseAuthData(broken)).code).toBe('malformed_auth_data')
  })
})

/** `session_data` that no MAC is right for, by the reason of its failure in v2. */
function hostile(algorithm: BackupAlgorithm): readonly (readonly [string, unknown, string])[] {
  const good = authentic(algorithm, {})
  const unsigned = good['unsigned'] as JsonObject
  const name = nameOf(algorithm)
  const whole = hmacSha256(macKey.expose(), utf8('x'))
  const withMac = (mac: unknown) => ({ ...good, unsigned: { ...unsigned, [name]: mac } })
  const text = String(unsigned[name])
  const deep: unknown = JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`)
  const missing = 'backup_mac_missing'
  const mismatch = 'backup_mac_mismatch'
  return [
    ['null', null, 'malformed_session_data'],
    ['an array', [good], 'malformed_session_data'],
    ['no ciphertext', { ...good, ciphertext: undefined }, 'malformed_session_data'],
    ['a number as ephemeral', { ...good, ephemeral: 1 }, 'malformed_session_data'],
    ['no unsigned', { ...good, unsigned: undefined }, missing],
    ['a text as unsigned', { ...good, unsigned: text }, missing],
    ['an inherited MAC', { ...good, unsigned: Object.create(unsigned) as unknown }, missing],
    ['inherited unsigned', withoutOwnUnsigned(good), missing],
    ['null as MAC', withMac(null), mismatch],
    ['a number as MAC', withMac(0), mismatch],
    ['a list with the MAC', withMac([text]), mismatch],
    ['an empty MAC', withMac(''), mismatch],
    ['no base64', withMac('*'), mismatch],
    ['the first 8 bytes', withMac(encodeBase64(macOf(good).slice(0, 8))), mismatch],
    ['the first 31 bytes', withMac(encodeBase64(macOf(good).slice(0, 31))), mismatch],
    ['a byte more', withMac(encodeBase64(Uint8Array.of(...macOf(good), 0))), mismatch],
    ['the MAC twice', withMac(text + text), mismatch],
    ['padding twice', withMac(`${text}==`), mismatch],
    ['white space', withMac(` ${text}`), mismatch],
    ['another MAC', withMac(encodeBase64(whole)), mismatch],
    ['a fraction', { ...good, extra: 0.5 }, mismatch],
    ['a huge number', { ...good, extra: 2 ** 53 }, mismatch],
    ['minus zero', { ...good, extra: -0 }, mismatch],
    ['a lone surrogate', { ...good, extra: '\ud800' }, mismatch],
    ['200 levels', { ...good, extra: deep }, mismatch],
    ['__proto__', { ...good, ...own('__proto__', { a: 1 }) }, mismatch],
    ['constructor', { ...good, constructor: 1 }, mismatch],
  ]
}

/** An object with one own key, whatever its name. */
function own(name: string, value: unknown): JsonObject {
  return Object.fromEntries([[name, value]])
}

function withoutOwnUnsigned({ unsigned, ...rest }: JsonObject): JsonObject {
  return Object.assign(Object.create({ unsigned }) as JsonObject, rest)
}

function macOf({ unsigned, ...covered }: JsonObject): Uint8Array {
  expect(unsigned).toBeDefined()
  const sorted = Object.entries(covered).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return hmacSha256(macKey.expose(), utf8(JSON.stringify(Object.fromEntries(sorted))))
}

describe.each([megolmBackupV2, megolmBackupV2Unstable])('hostile data: $name', (algorithm) => {
  test.each(hostile(algorithm))('%s', async (_, data, reason) => {
    for (const macPolicy of policies) {
      const outcome = await openBad(entryOf(data), { algorithm, macPolicy })
      expect(outcome.reason).toBe(reason)
      expect(outcome.error.message).not.toContain(session.session_key.slice(20, 40))
    }
  })

  test('what is not authentic costs no X25519', async () => {
    const sharedSecrets = vi.fn(memoisedSharedSecrets)
    const entries = hostile(algorithm).map(([, data]) => entryOf(data))
    await openAll(entries, { algorithm, sharedSecrets })
    expect(sharedSecrets.mock.calls.flatMap(([, publicKeys]) => publicKeys)).toEqual([])
  })

  test('any JSON as session_data fails', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (data) => {
        const { reason } = await openBad(entryOf(data), { algorithm })
        expect(reason).toMatch(/^(malformed_session_data|backup_mac_missing)$/)
      }),
    )
  })

  test('any JSON as unsigned fails', async () => {
    const good = authentic(algorithm, {})
    const unsigned = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.constant(nameOf(algorithm)), fc.jsonValue()),
    )
    await fc.assert(
      fc.asyncProperty(unsigned, async (value) => {
        const { reason } = await openBad(entryOf({ ...good, unsigned: value }), { algorithm })
        expect(reason).toMatch(/^backup_mac_(missing|mismatch)$/)
      }),
    )
  })

  test.each([
    ['an ephemeral of 31 bytes', { ephemeral: encodeBase64(new Uint8Array(31)) }],
    ['an ephemeral that is not base64', { ephemeral: '*' }],
    ['a ciphertext that is not base64', { ciphertext: 'a b' }],
  ])('authentic and broken: %s', async (_, broken) => {
    const outcome = await openBad(entryOf(authentic(algorithm, broken)), { algorithm })
    expect(outcome.reason).toBe('malformed_session_data')
  })

  test.each([
    ['no ciphertext', { ciphertext: '' }, 'bad_ciphertext'],
    ['noise', { ciphertext: encodeBase64(new Uint8Array(64)) }, 'bad_ciphertext'],
    ['a low-order key', { ephemeral: encodeBase64(new Uint8Array(32)) }, 'weak_ephemeral_key'],
  ])('authentic and useless: %s', async (_, broken, reason) => {
    const outcome = await openBad(entryOf(authentic(algorithm, broken)), { algorithm })
    expect(outcome.reason).toBe(reason)
  })

  test('without the MAC key nothing is read, and it says so', () => {
    const good = authentic(algorithm, {})
    for (const given of [undefined, { macKey: null, macPolicy: 'libolm' } as const]) {
      const error = caught(() => algorithm.parseSessionData(good, given))
      expect(error.code).toBe('mac_key_missing')
    }
  })

  test('what was not checked is not decrypted', () => {
    const parsed = algorithm.parseSessionData(authentic(algorithm, {}), check)
    const parameters = { sharedSecret: randomBytes(32), macPolicy: 'libolm' } as const
    for (const backupMac of ['mismatch', 'missing', 'unchecked'] as const)
      expect(caught(() => algorithm.decrypt({ ...parsed, backupMac }, parameters)).code).toMatch(
        /^(backup_mac_m|mac_key_)/,
      )
  })
})

describe('a v1 backup', () => {
  const algorithm = megolmBackupV1
  const required = { macPolicy: 'backup_mac_required' } as const
  const plain = entryOf(encrypted(session))

  test('is read as ever by default, and says what it knows', async () => {
    expect(await openGood(plain)).toMatchObject({ mac: 'libolm', backupMac: 'missing' })
    expect(await openGood(entryOf(authentic(algorithm, {})))).toMatchObject({
      mac: 'libolm',
      backupMac: 'valid',
      unauthenticated: null,
    })
  })

  test('where the MAC is required, an entry without it fails', async () => {
    expect((await openBad(plain, required)).reason).toBe('backup_mac_missing')
  })

  test('where the MAC is required, the one of v1 is checked all the same', async () => {
    const other = { mac: encodeBase64(new Uint8Array(8)) }
    const entry = entryOf(authentic(algorithm, other))
    expect((await openBad(entry, required)).reason).toBe('mac_mismatch')
  })

  /** In v1 they are facts, unless the entry is broken for v1 too. */
  const facts = hostile(algorithm).filter(([, , reason]) => reason.startsWith('backup_mac'))

  test.each(facts)('hostile data costs no entry of v1: %s', async (_, data, reason) => {
    const opened = await openGood(entryOf(data))
    expect(`backup_mac_${opened.backupMac}`).toBe(reason)
    expect((await openBad(entryOf(data), required)).reason).toBe(reason)
  })

  test('a MAC by another key is a mismatch', async () => {
    const stranger = new SecretBytes(randomBytes(32))
    const data = withBackupMac(encrypted(session), { macKey: stranger, name: 'backup_mac' })
    expect((await openGood(entryOf(data))).backupMac).toBe('mismatch')
  })

  test('requiring a MAC without its key is a mistake of the caller, not of the entry', () => {
    const given = { macKey: null, macPolicy: 'backup_mac_required' } as const
    const error = caught(() => algorithm.parseSessionData(authentic(algorithm, {}), given))
    expect(error.code).toBe('mac_key_missing')
  })
})

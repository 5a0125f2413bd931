import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import { sharedSecret, x25519PublicKey } from '@roomkeys/crypto/x25519'
import { type BackedUpSessionData, WireShapeError } from '@roomkeys/types'
import fc from 'fast-check'
import { createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { caught } from '../test/caught.ts'
import { encrypted } from '../test/encrypted.ts'
import { openGood } from '../test/open.ts'
import { entryOf, session } from '../test/sealed.ts'
import { account, keyOf } from '../test/vectors.ts'
import { generateDecryptionKey } from './decryption-key.ts'
import { encryptionKeyFor } from './encryption-key.ts'
import { parsePlaintext } from './plaintext.ts'
import { megolmBackupV1 } from './v1.ts'

/** What an entry decrypts to with a key, parsed. */
function decrypted(sessionData: unknown, privateKey: Uint8Array): BackedUpSessionData {
  const parsed = megolmBackupV1.parseSessionData(sessionData)
  const secret = sharedSecret(privateKey, parsed.ephemeral)
  if (secret === null) throw new TypeError('The ephemeral key is of low order')
  const { plaintext } = megolmBackupV1.decrypt(parsed, {
    sharedSecret: secret,
    macPolicy: 'libolm',
  })
  return parsePlaintext(plaintext).session
}

const sessions: fc.Arbitrary<BackedUpSessionData> = fc
  .record({
    known: fc.record({
      algorithm: fc.string({ unit: 'grapheme' }),
      forwarding_curve25519_key_chain: fc.array(fc.string()),
      sender_key: fc.string(),
      sender_claimed_keys: fc.dictionary(fc.string(), fc.string()),
      session_key: fc.string(),
    }),
    unknown: fc.dictionary(fc.string(), fc.jsonValue()),
  })
  .map(({ known, unknown }) => {
    const outside = ['room_id', 'session_id']
    const kept = Object.entries(unknown).filter(([name]) => !outside.includes(name))
    return { ...Object.fromEntries(kept), ...known }
  })

describe('what was encrypted', () => {
  test('is decrypted to the same, with unknown keys', () => {
    fc.assert(
      fc.property(sessions, (given) => {
        const sessionData = encrypted(given)
        const read = decrypted(sessionData, account.key.privateKey.expose())
        expect(JSON.stringify(read)).toBe(JSON.stringify(given))
      }),
      { numRuns: 40 },
    )
  })

  test('is opened as an entry', async () => {
    const opened = await openGood(entryOf(encrypted(session)))
    expect(opened).toMatchObject({ mac: 'libolm', notes: [], firstMessageIndex: 0 })
    expect(opened.session.session_key).toBe(session.session_key)
  })

  test('leaves room id and session id outside', () => {
    const given = { ...session, room_id: '!room', session_id: 'id' }
    const read = decrypted(encrypted(given), account.key.privateKey.expose())
    expect(read).not.toHaveProperty('room_id')
    expect(read).not.toHaveProperty('session_id')
  })

  test('is what the specification says, by other means', () => {
    const drawn = new Uint8Array(32).fill(5)
    const sessionData = encrypted(session, { ephemeral: drawn })
    const { ephemeral, ciphertext, mac } = megolmBackupV1.parseSessionData(sessionData)
    expect(ephemeral).toEqual(x25519PublicKey(drawn))
    const secret = sharedSecret(drawn, decodeBase64(account.key.publicKey)) ?? new Uint8Array()
    const keys = Buffer.from(hkdfSync('sha256', secret, new Uint8Array(32), '', 80))
    const cipher = createDecipheriv('aes-256-cbc', keys.subarray(0, 32), keys.subarray(64))
    const plaintext = Buffer.concat([cipher.update(ciphertext), cipher.final()])
    expect(JSON.parse(plaintext.toString())).toMatchObject({ session_key: session.session_key })
    const overNothing = createHmac('sha256', keys.subarray(32, 64)).digest().subarray(0, 8)
    expect([...mac]).toEqual([...overNothing])
  })

  test('is unpadded base64 in three fields', () => {
    const sessionData = encrypted(session)
    expect(Object.keys(sessionData).toSorted()).toEqual(['ciphertext', 'ephemeral', 'mac'])
    expect(Object.values(sessionData).join('')).not.toContain('=')
  })

  test('is another text each time', () => {
    const texts = [1, 2, 3].map(() => JSON.stringify(encrypted(session)))
    expect(new Set(texts).size).toBe(3)
  })
})

describe('a mistake', () => {
  test.each([
    ['not base64', '*'],
    ['of 45 bytes', encodeBase64(new Uint8Array(45))],
    ['of low order', encodeBase64(new Uint8Array(32))],
  ])('in the public key is an error: %s', (_, public_key) => {
    const error = caught(() => encrypted(session, { key: encryptionKeyFor({ public_key }, null) }))
    expect(error.code).toBe('malformed_auth_data')
  })

  test('in the session is an error', () => {
    const { sender_key, ...broken } = session
    expect(sender_key).not.toBe('')
    // The type forbids it; a caller in JavaScript is not stopped by it.
    expect(() => encrypted(broken as BackedUpSessionData)).toThrow(WireShapeError)
  })
})

describe('the algorithm', () => {
  test('is a frozen value', () => {
    expect(Object.isFrozen(megolmBackupV1)).toBe(true)
    expect(Reflect.set(megolmBackupV1, 'name', 'other')).toBe(false)
    expect(megolmBackupV1.name).toBe('m.megolm_backup.v1.curve25519-aes-sha2')
  })

  test('is shared by two backups that know nothing of each other', () => {
    const keys = [generateDecryptionKey(), generateDecryptionKey()]
    const turns = fc.array(fc.tuple(fc.nat({ max: 1 }), sessions), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(turns, (taken) => {
        const written = taken.map(([owner, given]) => {
          const key = keys[owner] ?? keyOf('')
          const sessionData = encrypted(given, {
            key: encryptionKeyFor({ public_key: key.publicKey }, null),
          })
          return { key, given, sessionData }
        })
        for (const { key, given, sessionData } of written)
          expect(JSON.stringify(decrypted(sessionData, key.privateKey.expose()))).toBe(
            JSON.stringify(given),
          )
      }),
      { numRuns: 15 },
    )
  })
})

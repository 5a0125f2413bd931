import { decodeBase64 } from '@roomkeys/crypto/base64'
import { fromUtf8 } from '@roomkeys/crypto/bytes'
import { sharedSecret } from '@roomkeys/crypto/x25519'
import { describe, expect, test } from 'vitest'
import { decodeDecryptionKey, encodeDecryptionKey, matchKey } from '../src/index.ts'
import { megolmBackupV1 } from '../src/v1.ts'
import { openAll } from './open.ts'
import { account, keyOf, libolm } from './vectors.ts'

describe('entries by libolm', () => {
  test('are 25, two of them no sessions', () => {
    expect(libolm).toHaveLength(25)
    expect(libolm.filter(({ plaintext }) => !plaintext.startsWith('{'))).toHaveLength(2)
  })

  test.each(libolm)('the key $recovery_key is read and written', (vector) => {
    const key = keyOf(vector.decryption_key)
    expect(key.publicKey).toBe(vector.public_key)
    expect(encodeDecryptionKey(key)).toBe(vector.recovery_key)
    expect(decodeDecryptionKey(vector.recovery_key).privateKey.expose()).toEqual(
      decodeBase64(vector.decryption_key),
    )
    expect(decodeDecryptionKey(vector.recovery_key).publicKey).toBe(vector.public_key)
  })

  test.each(libolm)('the entry of $recovery_key is decrypted', (vector) => {
    const encrypted = megolmBackupV1.parseSessionData(vector.session_data)
    const secret = sharedSecret(decodeBase64(vector.decryption_key), encrypted.ephemeral)
    if (secret === null) throw new TypeError('The ephemeral key is of low order')
    const decrypted = megolmBackupV1.decrypt(encrypted, {
      sharedSecret: secret,
      macPolicy: 'libolm',
    })
    expect(fromUtf8(decrypted.plaintext)).toBe(vector.plaintext)
    expect(decrypted.mac).toBe('libolm')
  })
})

describe('a backup by the Rust implementation', () => {
  test('has the key that it says', () => {
    expect(matchKey(account.version, account.key, [megolmBackupV1]).kind).toBe('match')
    expect(encodeDecryptionKey(account.key)).toBe(account.keyText)
  })

  test('is opened whole', async () => {
    const outcomes = await openAll(account.entries)
    expect(outcomes).toHaveLength(250)
    const sessions = new Map(
      outcomes.flatMap((outcome) =>
        outcome.status === 'opened'
          ? [[`${outcome.roomId} ${outcome.sessionId}`, outcome.session]]
          : [],
      ),
    )
    expect(sessions.size).toBe(account.expected.length)
    for (const given of account.expected)
      expect(sessions.get(`${given.room_id} ${given.session_id}`)).toEqual({
        ...given,
        // The writer drops the chain that it was given, and adds the flag of MSC3061.
        forwarding_curve25519_key_chain: [],
        'm.shared_history': false,
      })
  })

  test('says the first message index of every session in the clear, and says it right', async () => {
    const outcomes = await openAll(account.entries)
    expect(
      outcomes.flatMap((outcome) => (outcome.status === 'opened' ? outcome.notes : [])),
    ).toEqual([])
    const indices = outcomes.map((outcome) =>
      outcome.status === 'opened' ? outcome.firstMessageIndex : null,
    )
    expect(indices).toContain(0)
    expect(indices).toContain(114)
  })
})

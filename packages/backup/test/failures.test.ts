/** Every reason why an entry cannot be opened, and every note on one that can. */
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { utf8 } from '@roomkeys/crypto/bytes'
import { describe, expect, test } from 'vitest'
import type { MacPolicy } from '../src/algorithm.ts'
import type { BackupEntry, EntryNote } from '../src/entry.ts'
import { BackupError, EntryError, type FailureReason } from '../src/errors.ts'
import { serialiseSessionData } from '../src/v1/session-data.ts'
import { openAll, openBad, openGood } from './open.ts'
import {
  bytesEntry,
  dataEntry,
  entryOf,
  intendedMac,
  jsonEntry,
  sealed,
  session,
  sessionDataOf,
} from './sealed.ts'
import { account, at, keyOf, libolm } from './vectors.ts'

const good = sealed(utf8(JSON.stringify(session)))
const text = serialiseSessionData(good)
const zeros = (length: number) => encodeBase64(new Uint8Array(length))

function without(field: string) {
  return Object.fromEntries(Object.entries(session).filter(([key]) => key !== field))
}

function withKey(session_key: string): BackupEntry {
  return jsonEntry({ ...session, session_key })
}

test('the entry that the others are made from opens', async () => {
  const { session: opened, firstMessageIndex } = await openGood(entryOf(text))
  expect(opened.session_key).toBe(session.session_key)
  expect(firstMessageIndex).toBe(0)
})

/** Those of `backup_mac` need a policy that requires it, or v2: v2.test.ts has them. */
type V1Reason = Exclude<FailureReason, 'backup_mac_missing' | 'backup_mac_mismatch'>

/** Entries by the reason of their failure: each reason has its own. */
const failing: Readonly<Record<V1Reason, Readonly<Record<string, BackupEntry>>>> = {
  malformed_entry: {
    'no data': dataEntry(undefined),
    null: dataEntry(null),
    'a number': dataEntry(1),
    'a text': dataEntry('session_data'),
    'an array': dataEntry([text]),
    'an empty object': dataEntry({}),
    'only metadata': dataEntry({ is_verified: true, first_message_index: 0, forwarded_count: 0 }),
    'a list that names session_data': dataEntry(Object.assign([], { session_data: text })),
  },
  malformed_session_data: {
    null: entryOf(null),
    'a text': entryOf('AAAA'),
    'an array': entryOf([text]),
    'an empty object': entryOf({}),
    'no ephemeral': entryOf({ ciphertext: text.ciphertext, mac: text.mac }),
    'no ciphertext': entryOf({ ephemeral: text.ephemeral, mac: text.mac }),
    'no mac': entryOf({ ephemeral: text.ephemeral, ciphertext: text.ciphertext }),
    'a null mac': entryOf({ ...text, mac: null }),
    'an ephemeral of 31 bytes': entryOf({ ...text, ephemeral: zeros(31) }),
    'an ephemeral of 33 bytes': entryOf({ ...text, ephemeral: zeros(33) }),
    'an ephemeral that is not base64': entryOf({ ...text, ephemeral: `*${text.ephemeral}` }),
    'a ciphertext that is not base64': entryOf({ ...text, ciphertext: 'a b' }),
    'a mac that is not base64': entryOf({ ...text, mac: '!' }),
    ...Object.fromEntries(
      [0, 1, 2, 3, 4, 5, 6, 7, 9, 16, 32].map((length) => [
        `a mac of ${length} bytes`,
        entryOf({ ...text, mac: zeros(length) }),
      ]),
    ),
    ...Object.fromEntries(
      [1, 2, 3, 4, 5, 6, 7].map((length) => [
        `the first ${length} bytes of the right mac`,
        entryOf({ ...text, mac: encodeBase64(good.mac.slice(0, length)) }),
      ]),
    ),
  },
  weak_ephemeral_key: Object.fromEntries(
    [
      '0000000000000000000000000000000000000000000000000000000000000000',
      '0100000000000000000000000000000000000000000000000000000000000000',
      'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
      '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      '0000000000000000000000000000000000000000000000000000000000000080',
    ].map((hex) => [
      hex,
      entryOf({ ...text, ephemeral: encodeBase64(Uint8Array.from(Buffer.from(hex, 'hex'))) }),
    ]),
  ),
  mac_mismatch: {
    'another mac': entryOf({ ...text, mac: zeros(8) }),
    'an entry of another backup': entryOf(at(libolm, 3).session_data),
  },
  mac_over_ciphertext: {
    'the mac that was meant': entryOf({ ...text, mac: encodeBase64(intendedMac(good)) }),
  },
  bad_ciphertext: {
    'no ciphertext': entryOf({ ...text, ciphertext: '' }),
    'no whole blocks': entryOf({
      ...text,
      ciphertext: encodeBase64(good.ciphertext.slice(0, -1)),
    }),
    'the last block cut off': entryOf({
      ...text,
      ciphertext: encodeBase64(good.ciphertext.slice(0, -16)),
    }),
    'a block too much': entryOf({ ...text, ciphertext: zeros(32) }),
  },
  malformed_plaintext: {
    'nothing inside': bytesEntry(new Uint8Array()),
    'no UTF-8': bytesEntry(Uint8Array.of(0xff)),
    'no JSON': bytesEntry(utf8('0123456789abcdef')),
    null: jsonEntry(null),
    'an array': jsonEntry([session]),
    'an empty object': jsonEntry({}),
    'no session_key': jsonEntry(without('session_key')),
    'no sender_key': jsonEntry(without('sender_key')),
    'no algorithm': jsonEntry(without('algorithm')),
    'a numeric session_key': jsonEntry({ ...session, session_key: 1 }),
  },
  unsupported_session: {
    'a future algorithm': jsonEntry({ ...session, algorithm: 'm.megolm.v2.aes-sha2' }),
    'an empty algorithm': jsonEntry({ ...session, algorithm: '' }),
  },
  malformed_session_key: {
    'an empty key': withKey(''),
    'no base64': withKey('*'),
    'a key cut short': withKey(session.session_key.slice(0, 100)),
    'a shared key': withKey(`Ag${session.session_key.slice(2)}`),
    'a key of another version': withKey(`Aw${session.session_key.slice(2)}`),
  },
  session_id_mismatch: {
    'the key of another session': withKey(at(account.expected, 1).session_key),
    'an entry under the id of another': {
      ...at(account.entries, 0),
      sessionId: at(account.entries, 1).sessionId,
    },
    'an id with padding': {
      ...at(account.entries, 0),
      sessionId: `${at(account.entries, 0).sessionId}=` as BackupEntry['sessionId'],
    },
  },
}

const failures = Object.entries(failing).flatMap(([reason, entries]) =>
  Object.entries(entries).map(([name, entry]) => ({ reason, name, entry })),
)

describe('an entry that cannot be opened', () => {
  test.each(failures)('$reason: $name', async ({ reason, entry }) => {
    const outcome = await openBad(entry)
    expect(outcome.reason).toBe(reason)
    expect(outcome.roomId).toBe(entry.roomId)
    expect(outcome.sessionId).toBe(entry.sessionId)
    expect(outcome.error).toBeInstanceOf(EntryError)
    expect(outcome.error).toBeInstanceOf(BackupError)
    expect(outcome.error).toMatchObject({ name: 'EntryError', code: reason, reason })
    expect(outcome.error.retryable).toBe(false)
  })

  test.each(failures)('says nothing secret: $reason: $name', async ({ entry }) => {
    const { error } = await openBad(entry)
    const said = `${error.message} ${String(error.cause)}`
    for (const secret of [text.ciphertext, text.ephemeral, session.session_key, session.sender_key])
      expect(said).not.toContain(secret.slice(8, 20))
  })

  test('costs no other: one damaged among 250 is one named failure', async () => {
    const entries = account.entries.map((entry, index) =>
      index === 117 ? { ...entry, data: { session_data: null } } : entry,
    )
    const outcomes = await openAll(entries)
    expect(outcomes.map(({ sessionId }) => sessionId)).toEqual(
      entries.map(({ sessionId }) => sessionId),
    )
    expect(outcomes.filter(({ status }) => status === 'opened')).toHaveLength(249)
    const failed = outcomes.flatMap((outcome) => (outcome.status === 'failed' ? [outcome] : []))
    expect(failed).toMatchObject([
      { sessionId: at(account.entries, 117).sessionId, reason: 'malformed_session_data' },
    ])
  })

  test('with the key of another backup is a mac_mismatch, for every entry', async () => {
    const key = keyOf(at(libolm, 0).decryption_key)
    const outcomes = await openAll(account.entries.slice(0, 20), { key })
    expect(outcomes.map((outcome) => outcome.status === 'failed' && outcome.reason)).toEqual(
      Array<string>(20).fill('mac_mismatch'),
    )
  })
})

describe('the MAC that was meant, over the ciphertext', () => {
  const entry = entryOf({ ...text, mac: encodeBase64(intendedMac(good)) })

  test('is accepted and reported where the policy says so', async () => {
    expect((await openGood(entry, { macPolicy: 'libolm_or_intended' })).mac).toBe('intended')
  })

  test('is refused by default, and where the policy says so', async () => {
    expect((await openBad(entry)).reason).toBe('mac_over_ciphertext')
    expect((await openBad(entry, { macPolicy: 'libolm' })).reason).toBe('mac_over_ciphertext')
  })

  test('a policy that there is none of is a mistake of the caller', async () => {
    const macPolicy = 'Libolm' as MacPolicy
    await expect(openBad(entry, { macPolicy })).rejects.toThrow(
      new TypeError('macPolicy must be libolm, libolm_or_intended or backup_mac_required'),
    )
  })

  test('does authenticate: with the ciphertext changed it is a mac_mismatch', async () => {
    const ciphertext = Uint8Array.from(good.ciphertext)
    ciphertext[20] = (ciphertext[20] ?? 0) ^ 1
    const changed = entryOf({
      ...text,
      ciphertext: encodeBase64(ciphertext),
      mac: encodeBase64(intendedMac(good)),
    })
    const outcome = await openBad(changed, { macPolicy: 'libolm_or_intended' })
    expect(outcome.reason).toBe('mac_mismatch')
  })

  test('leaves the MAC of deployed clients accepted', async () => {
    const opened = await openGood(entryOf(text), { macPolicy: 'libolm_or_intended' })
    expect(opened.mac).toBe('libolm')
  })
})

/** Entries by the note on them: each note has its own. */
const noted: Readonly<Record<EntryNote, Readonly<Record<string, BackupEntry>>>> = {
  sender_claimed_keys_missing: { 'no field': jsonEntry(without('sender_claimed_keys')) },
  sender_claimed_keys_misspelt: {
    'the name in old backups': jsonEntry({
      ...without('sender_claimed_keys'),
      sender_clencaimed_keys: session.sender_claimed_keys,
    }),
  },
  forwarding_chain_missing: {
    'no field': jsonEntry(without('forwarding_curve25519_key_chain')),
  },
  forwarded: { 'a chain': jsonEntry({ ...session, forwarding_curve25519_key_chain: ['k'] }) },
  metadata_malformed: {
    'session_data alone': dataEntry({ session_data: text }),
    'a text for an index': entryOf(text, { first_message_index: '0' }),
    'a fraction': entryOf(text, { first_message_index: 0.5 }),
    'an index past what JSON keeps': entryOf(text, { first_message_index: 2 ** 53 }),
    'null for a count': entryOf(text, { forwarded_count: null }),
    'a text for a flag': entryOf(text, { is_verified: 'true' }),
  },
  first_message_index_differs: {
    'another index': entryOf(text, { first_message_index: 7 }),
    'a negative index': entryOf(text, { first_message_index: -1 }),
  },
}

const notes = Object.entries(noted).flatMap(([note, entries]) =>
  Object.entries(entries).map(([name, entry]) => ({ note, name, entry })),
)

describe('an entry that departs from the specification opens, with a note', () => {
  test.each(notes)('$note: $name', async ({ note, entry }) => {
    const outcome = await openGood(entry)
    expect(outcome.notes).toEqual([note])
    expect(outcome.session.session_key).toBe(session.session_key)
  })

  test('and with several notes where it departs several times', async () => {
    const record = without('sender_claimed_keys')
    const entry = jsonEntry(
      { ...record, forwarding_curve25519_key_chain: ['k'] },
      { first_message_index: 1 },
    )
    expect((await openGood(entry)).notes).toEqual([
      'sender_claimed_keys_missing',
      'forwarded',
      'first_message_index_differs',
    ])
  })
})

describe('the ids of an opened session', () => {
  test('are those of the entry, whatever is inside', async () => {
    const entry = jsonEntry({ ...session, room_id: '!liar', session_id: 'liar' })
    const { session: opened } = await openGood(entry)
    expect(opened.room_id).toBe(entry.roomId)
    expect(opened.session_id).toBe(entry.sessionId)
  })

  test('prove no room: an entry that was moved to another room opens there', async () => {
    const moved = { ...at(account.entries, 0), roomId: at(account.entries, -1).roomId }
    expect(moved.roomId).not.toBe(at(account.entries, 0).roomId)
    expect((await openGood(moved)).session.room_id).toBe(moved.roomId)
  })

  test('may be ids that objects know already', async () => {
    const moved = { ...at(account.entries, 0), roomId: '__proto__' as BackupEntry['roomId'] }
    expect((await openGood(moved)).session.room_id).toBe('__proto__')
    const misplaced = {
      ...at(account.entries, 0),
      sessionId: '__proto__' as BackupEntry['sessionId'],
    }
    expect((await openBad(misplaced)).reason).toBe('session_id_mismatch')
  })
})

test('the session_data of the account is of the shape that the tables change', () => {
  expect(sessionDataOf(at(account.entries, 0))).toHaveProperty('mac')
})

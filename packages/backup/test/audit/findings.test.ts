/** A fixture for every code: what is found in the wild, and what an attacker can make. */
import { utf8 } from '@roomkeys/crypto/bytes'
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { type JsonObject, roomId, sessionId } from '@roomkeys/types'
import { describe, expect, test } from 'vitest'
import type { AuditCode, AuditOptions, VersionCode } from '../../src/audit.ts'
import { decryptionKeyFromBytes } from '../../src/decryption-key.ts'
import { storeSource } from '../../src/diff.ts'
import { encryptionKeyFor, encryptionKeyOf } from '../../src/encryption-key.ts'
import type { BackupEntry } from '../../src/entry.ts'
import { createMemoryStore } from '../../src/memory.ts'
import { serialiseSessionData } from '../../src/v1/session-data.ts'
import { megolmBackupV1 } from '../../src/v1.ts'
import { megolmBackupV2 } from '../../src/v2.ts'
import { encrypted } from '../encrypted.ts'
import { entryOf as backedUp, OURS } from '../engine/world.ts'
import { add, addressOf } from '../engine/sessions.ts'
import {
  bytesEntry,
  dataEntry,
  entryOf,
  intendedMac,
  jsonEntry,
  sealed,
  session,
} from '../sealed.ts'
import { account, at } from '../vectors.ts'
import { audited, codesOf } from './world.ts'

const OTHER = decryptionKeyFromBytes(new Uint8Array(32).fill(3))
const ownMac = encryptionKeyOf(account.key)
const genuine = at(account.entries, 0)

function without(name: string): JsonObject {
  return Object.fromEntries(Object.entries(session).filter(([key]) => key !== name))
}

/** `session_data` of the session, by v1 for the account. */
const good = (): JsonObject => encrypted(session)

/** Entries with one thing wrong, and all that is said of them. */
const FIXTURES: readonly (readonly [
  what: string,
  codes: readonly AuditCode[],
  entry: () => BackupEntry,
  options?: Partial<AuditOptions>,
])[] = [
  ['no object', ['malformed_entry', 'metadata_malformed'], () => dataEntry(null)],
  [
    'no session_data',
    ['malformed_entry'],
    () => dataEntry({ first_message_index: 0, forwarded_count: 0, is_verified: false }),
  ],
  ['no ciphertext', ['malformed_session_data'], () => entryOf({ ephemeral: 'AA', mac: 'AA' })],
  ['a MAC of 7 bytes', ['malformed_session_data'], () => entryOf({ ...good(), mac: 'AAAAAAAAAA' })],
  [
    'an ephemeral key of low order',
    ['weak_ephemeral_key'],
    () => entryOf({ ...good(), ephemeral: encodeBase64(new Uint8Array(32)) }),
  ],
  [
    'encrypted to a key that is not known',
    ['mac_mismatch'],
    () => entryOf(encrypted(session, { key: encryptionKeyOf(OTHER) })),
  ],
  [
    'encrypted to a superseded key',
    ['other_key'],
    () =>
      entryOf(encrypted(session, { key: encryptionKeyFor({ public_key: OTHER.publicKey }, null) })),
    { keys: [account.key, OTHER] },
  ],
  [
    'encrypted to a superseded key, and damaged',
    ['bad_ciphertext', 'other_key'],
    () => entryOf({ ...encrypted(session, { key: encryptionKeyOf(OTHER) }), ciphertext: 'AAAA' }),
    { keys: [account.key, OTHER] },
  ],
  ['a damaged ciphertext', ['bad_ciphertext'], () => entryOf({ ...good(), ciphertext: 'AAAA' })],
  ['a plaintext that is no JSON', ['malformed_plaintext'], () => bytesEntry(utf8('{'))],
  ['a session without sender_key', ['malformed_plaintext'], () => jsonEntry(without('sender_key'))],
  [
    'a session of another algorithm',
    ['unsupported_session'],
    () => jsonEntry({ ...session, algorithm: 'm.megolm.v2' }),
  ],
  [
    'a session key that is none',
    ['malformed_session_key'],
    () => jsonEntry({ ...session, session_key: 'AAAA' }),
  ],
  [
    'the key of another session',
    ['session_id_mismatch'],
    () => jsonEntry({ ...session, session_key: at(account.expected, 1).session_key }),
  ],
  [
    'the MAC that was meant',
    ['mac_over_ciphertext'],
    () => {
      const data = sealed(utf8(JSON.stringify(session)))
      return entryOf(serialiseSessionData({ ...data, mac: intendedMac(data) }))
    },
  ],
  [
    'no claimed keys',
    ['sender_claimed_keys_missing'],
    () => jsonEntry(without('sender_claimed_keys')),
  ],
  [
    'misspelt claimed keys',
    ['sender_claimed_keys_misspelt'],
    () => jsonEntry({ ...without('sender_claimed_keys'), sender_clencaimed_keys: {} }),
  ],
  [
    'no forwarding chain',
    ['forwarding_chain_missing'],
    () => jsonEntry(without('forwarding_curve25519_key_chain')),
  ],
  [
    'a forwarding chain',
    ['forwarded'],
    () => jsonEntry({ ...session, forwarding_curve25519_key_chain: ['c2VuZGVy'] }),
  ],
  [
    'metadata of the wrong types',
    ['metadata_malformed'],
    () => jsonEntry(session, { is_verified: 'yes' }),
  ],
  [
    'a negative index',
    ['metadata_malformed', 'first_message_index_differs'],
    () => jsonEntry(session, { first_message_index: -1 }),
  ],
  [
    'another index than it has',
    ['first_message_index_differs'],
    () => jsonEntry(session, { first_message_index: 7 }),
  ],
  [
    'a room id that is none',
    ['room_id_malformed'],
    () => ({ ...genuine, roomId: roomId('#alias:example.org') }),
  ],
  [
    'a room id that no path can carry',
    ['room_id_malformed'],
    () => ({ ...genuine, roomId: roomId('!\0') }),
  ],
  [
    'a session id that is no key',
    ['session_id_mismatch', 'session_id_malformed'],
    () => ({ ...genuine, sessionId: sessionId('__proto__') }),
  ],
  [
    'a backup_mac that is not valid, in v1',
    ['backup_mac_not_valid'],
    () => {
      const data = encrypted(session, { key: ownMac })
      return entryOf({ ...data, unknown: 'added' })
    },
  ],
  [
    'no backup_mac, in v2',
    ['backup_mac_missing'],
    () => entryOf(good()),
    { algorithm: megolmBackupV2 },
  ],
  [
    'a backup_mac of another key, in v2',
    ['backup_mac_mismatch'],
    () => entryOf(encrypted(session, { algorithm: megolmBackupV2, key: encryptionKeyOf(OTHER) })),
    { algorithm: megolmBackupV2 },
  ],
]

const NOTHING_WRONG: readonly (readonly [string, () => BackupEntry, Partial<AuditOptions>?])[] = [
  ['a plain v1 entry', () => entryOf(good())],
  ['a v1 entry with both MACs', () => entryOf(encrypted(session, { key: ownMac }))],
  [
    'a v2 entry',
    () => entryOf(encrypted(session, { algorithm: megolmBackupV2, key: ownMac })),
    { algorithm: megolmBackupV2 },
  ],
]

describe('an entry', () => {
  test.each(
    FIXTURES.map(([what, codes, entry, options = {}]) => ({ what, codes, entry, options })),
  )('$what', async ({ codes, entry, options }) => {
    expect(await codesOf(entry(), options)).toEqual(codes)
  })

  test.each(NOTHING_WRONG.map(([what, entry, options = {}]) => ({ what, entry, options })))(
    '$what: nothing',
    async ({ entry, options }) => {
      expect(await codesOf(entry(), options)).toEqual([])
      expect(await audited([entry()], options)).toMatchObject({ report: { result: 'sound' } })
    },
  )

  test('carries the address and the reason of a failure, and no key material', async () => {
    const entry = jsonEntry({ ...session, session_key: 'AAAA' })
    const { entries } = await audited([entry])
    const { roomId: room, sessionId: id } = entry
    expect(entries).toMatchObject([{ roomId: room, sessionId: id, status: 'failed' }])
    const [finding] = at(entries, 0).findings
    expect(finding).toMatchObject({ code: 'malformed_session_key', error: { retryable: false } })
    expect(JSON.stringify(entries)).not.toContain(session.sender_key)
  })
})

describe('entries together', () => {
  test('an address that comes twice', async () => {
    const { entries } = await audited([genuine, at(account.entries, 1), genuine])
    expect(entries.map(({ findings }) => findings)).toEqual([[{ code: 'duplicate_address' }]])
  })

  test('an ephemeral key that comes under two addresses, however it is padded', async () => {
    const ephemeral = new Uint8Array(32).fill(0x51)
    const [first, second] = [0, 1].map((number) => {
      const record = at(account.expected, number)
      const data = encrypted(record, { ephemeral })
      const padding = number === 0 ? '' : '='
      const session_data = { ...data, ephemeral: `${String(data['ephemeral'])}${padding}` }
      const metadata = { first_message_index: 0, forwarded_count: 0, is_verified: false }
      const address = { roomId: roomId(record.room_id), sessionId: sessionId(record.session_id) }
      return { ...address, data: { ...metadata, session_data } }
    })
    if (first === undefined || second === undefined) throw new TypeError('Two entries')
    const { entries } = await audited([first, second])
    const codes = entries.flatMap(({ findings }) => findings.map(({ code }) => code))
    expect(codes.filter((code) => code === 'reused_ephemeral_key')).toHaveLength(1)
    expect(entries).toMatchObject([{ sessionId: second.sessionId }])
  })

  test('a copy that conflicts with a store, and none that connects to it', async () => {
    const store = createMemoryStore()
    await add(store, 1, { index: 5, truth: 'genuine', provenance: { kind: 'direct' } })
    const metadata = { isVerified: false, forwardedCount: 0 }
    const options = { keys: [OURS], against: storeSource(store, 'this device') }
    const falseCopy = await backedUp(1, { index: 3, truth: 'false', ...metadata })
    const trueCopy = await backedUp(1, { index: 3, truth: 'genuine', ...metadata })
    const { entries, report } = await audited([falseCopy], options)
    expect(entries).toMatchObject([
      {
        ...addressOf(1),
        status: 'opened',
        findings: [{ code: 'conflicting', source: 'this device' }],
      },
    ])
    expect(report.result).toBe('failing')
    expect(await codesOf(trueCopy, options)).toEqual([])
  })
})

describe('the version', () => {
  const { version } = account
  const longKey = encodeBase64(new Uint8Array(45).fill(1))
  const rows: readonly (readonly [string, readonly VersionCode[], unknown, string])[] = [
    ['as it should be', [], { ...version, count: 1 }, 'sound'],
    ['announces more', ['count_differs'], { ...version, count: 2 }, 'odd'],
    [
      'has a public key of 45 bytes',
      ['auth_data_malformed'],
      { ...version, count: 1, auth_data: { public_key: longKey } },
      'failing',
    ],
    [
      'has no public key',
      ['auth_data_malformed'],
      { ...version, count: 1, auth_data: {} },
      'failing',
    ],
    [
      'lacks its algorithm',
      ['algorithm_missing'],
      { ...version, count: 1, algorithm: undefined },
      'failing',
    ],
    ['lacks its etag', ['version_malformed'], { ...version, count: 1, etag: undefined }, 'odd'],
    [
      'is of another algorithm',
      ['algorithm_differs'],
      { ...version, count: 1, algorithm: 'org.example' },
      'odd',
    ],
    [
      'is of another key',
      ['key_mismatch'],
      { ...version, count: 1, auth_data: { public_key: OTHER.publicKey } },
      'failing',
    ],
    ['is no object', ['algorithm_missing', 'auth_data_malformed'], 'version', 'failing'],
  ]

  test.each(rows.map(([what, codes, record, result]) => ({ what, codes, record, result })))(
    '$what',
    async ({ codes, record, result }) => {
      const { report, events } = await audited([genuine], { version: record })
      expect(report.version?.codes).toEqual(codes)
      expect(report.result).toBe(result)
      expect(events[0]).toEqual({
        type: 'version',
        codes: codes.filter((code) => code !== 'count_differs'),
      })
    },
  )

  test('chooses the backup’s key among the known ones', async () => {
    const { report } = await audited([genuine], {
      version: { ...version, count: 1 },
      keys: [OTHER, account.key],
    })
    expect(report.keys).toEqual([
      { publicKey: OTHER.publicKey, isCurrent: false, opened: 0 },
      { publicKey: account.key.publicKey, isCurrent: true, opened: 1 },
    ])
    expect(report.result).toBe('sound')
  })

  test('of a v2 backup is read as one', async () => {
    const { report } = await audited([genuine], { version, algorithm: megolmBackupV2 })
    expect(report.version?.codes).toContain('algorithm_differs')
    expect(megolmBackupV1.name).toBe(version.algorithm)
  })
})

test('every code has its fixture', () => {
  const all: Readonly<Record<AuditCode, true>> = {
    malformed_entry: true,
    malformed_session_data: true,
    weak_ephemeral_key: true,
    backup_mac_missing: true,
    backup_mac_mismatch: true,
    mac_mismatch: true,
    bad_ciphertext: true,
    malformed_plaintext: true,
    unsupported_session: true,
    malformed_session_key: true,
    session_id_mismatch: true,
    other_key: true,
    conflicting: true,
    sender_claimed_keys_missing: true,
    sender_claimed_keys_misspelt: true,
    forwarding_chain_missing: true,
    forwarded: true,
    mac_over_ciphertext: true,
    backup_mac_not_valid: true,
    metadata_malformed: true,
    first_message_index_differs: true,
    room_id_malformed: true,
    session_id_malformed: true,
    duplicate_address: true,
    reused_ephemeral_key: true,
  }
  const together = ['conflicting', 'duplicate_address', 'reused_ephemeral_key']
  const covered = new Set<string>([...FIXTURES.flatMap(([, codes]) => codes), ...together])
  expect([...covered].toSorted()).toEqual(Object.keys(all).toSorted())
})

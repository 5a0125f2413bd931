/** The vectors for MSC4048: read, written again to the byte, and changed at every byte. */
import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import { fromUtf8, utf8 } from '@roomkeys/crypto/bytes'
import { sharedSecret } from '@roomkeys/crypto/x25519'
import { backupVersionInfoSchema, isJsonObject, type JsonObject, parseWire } from '@roomkeys/types'
import { describe, expect, test } from 'vitest'
import type { EncryptParameters } from '../src/algorithm.ts'
import { withBackupMac } from '../src/curve25519/backup-mac.ts'
import { encryptionKeyFor, encryptionKeyOf } from '../src/encryption-key.ts'
import type { BackupEntry, EntryOutcome } from '../src/entry.ts'
import { backupMacKey } from '../src/mac-key.ts'
import { matchKey } from '../src/match-key.ts'
import type { OpenEntriesOptions } from '../src/open-entries.ts'
import { openAll, openBad, openGood } from './open.ts'
import { oracle, type OracleEntry, oracleV1, oracleV2, withSessionData } from './oracle.ts'

const all = oracle.map((one) => [one.title, one] as const)
const v1 = oracleV1.map((one) => [one.title, one] as const)
const v2 = oracleV2.map((one) => [one.title, one] as const)

function optionsOf({ algorithm, key }: OracleEntry): Partial<OpenEntriesOptions> {
  return { algorithm, key }
}

/** What the entry was encrypted with. */
function parametersOf({ vector, key }: OracleEntry): EncryptParameters {
  const ephemeral = decodeBase64(vector.session_data.ephemeral)
  const secret = sharedSecret(key.privateKey.expose(), ephemeral)
  return { ephemeral, sharedSecret: secret, macKey: backupMacKey(key) }
}

test('there are 8 of v2 and 8 of v1, half of them with the unstable names', () => {
  expect([oracleV2.length, oracleV1.length]).toEqual([8, 8])
  expect(oracle.filter(({ vector }) => vector.unstable)).toHaveLength(8)
})

describe('read', () => {
  test.each(all)('the keys are those of the vector: %s', (_, { vector, key, algorithm }) => {
    expect(key.publicKey).toBe(vector.public_key)
    expect(encodeBase64(backupMacKey(key).expose())).toBe(vector.mac_key)
    expect(encodeBase64(encryptionKeyOf(key).publicKey)).toBe(vector.public_key)
    const auth_data = { public_key: vector.public_key }
    const given = { algorithm: vector.algorithm, auth_data, count: 1, etag: '1', version: '1' }
    const version = parseWire(backupVersionInfoSchema, given, 'version')
    const match = matchKey(version, key, [algorithm])
    expect(match.kind).toBe('match')
  })

  test.each(all)('is opened: %s', async (_, one) => {
    const opened = await openGood(one.entry, optionsOf(one))
    expect(opened).toMatchObject({ backupMac: 'valid', notes: [] })
    expect(opened.mac).toBe(oracleV2.includes(one) ? 'backup_mac' : 'libolm')
    expect(opened.unauthenticated).toBe(
      one.vector.plaintext.includes('m.legacy-v1') ? 'm.legacy-v1' : null,
    )
    const { room_id, session_id, ...session } = opened.session
    expect([room_id, session_id]).toEqual([one.entry.roomId, one.entry.sessionId])
    expect(JSON.stringify(session)).toBe(one.vector.plaintext)
  })

  test.each(all)('is decrypted to the same bytes: %s', (_, { vector, algorithm, ...one }) => {
    const { sharedSecret: secret, macKey } = parametersOf({ vector, algorithm, ...one })
    const check = { macKey, macPolicy: 'backup_mac_required' } as const
    const encrypted = algorithm.parseSessionData(vector.session_data, check)
    const decrypted = algorithm.decrypt(encrypted, {
      sharedSecret: secret ?? new Uint8Array(),
      macPolicy: 'backup_mac_required',
    })
    expect(fromUtf8(decrypted.plaintext)).toBe(vector.plaintext)
  })

  test.each(v1)('is opened where the MAC is required: %s', async (_, one) => {
    const opened = await openGood(one.entry, {
      ...optionsOf(one),
      macPolicy: 'backup_mac_required',
    })
    expect(opened).toMatchObject({ mac: 'libolm', backupMac: 'valid' })
  })

  test.each(v1)('is opened by who does not know the MAC key: %s', (_, { vector, algorithm }) => {
    expect(algorithm.parseSessionData(vector.session_data).backupMac).toBe('unchecked')
  })

  test('a dual-written entry moves to v2 unchanged: its MAC covers the one of v1', async () => {
    for (const { key, entry, names } of oracleV1) {
      const algorithm = oracleV2.find((one) => one.names === names)?.algorithm
      const opened = await openGood(entry, algorithm === undefined ? {} : { key, algorithm })
      expect(opened).toMatchObject({ mac: 'backup_mac', backupMac: 'valid' })
    }
  })
})

describe('written again', () => {
  /** What is not of the algorithm's making. */
  function extrasOf({ vector }: OracleEntry): JsonObject {
    const own = ['ephemeral', 'ciphertext', 'mac', 'unsigned']
    const extras = Object.entries(vector.session_data).filter(([name]) => !own.includes(name))
    return Object.fromEntries(extras)
  }

  test.each(all)('is the same to the byte: %s', (_, one) => {
    const { vector, writer, session, names } = one
    const parameters = parametersOf(one)
    const written = writer.encrypt(session, parameters)
    const { ephemeral, ciphertext, mac } = vector.session_data
    expect(written).toMatchObject({ ephemeral, ciphertext })
    expect(written['mac']).toBe(mac)
    const macKey = backupMacKey(one.key)
    const { [names.backupMac]: replaced, ...unsigned } = vector.session_data.unsigned
    const whole = withBackupMac(
      { ...written, ...extrasOf(one), unsigned },
      { macKey, name: names.backupMac },
    )
    expect(replaced).toBeDefined()
    expect(whole).toEqual(vector.session_data)
  })

  const plain = all.filter(([, one]) => !('org.example.extra' in extrasOf(one)))

  test.each(plain)('without extras, has its MAC at once: %s', (_, one) => {
    const { vector, writer, session, names } = one
    const written = writer.encrypt(session, parametersOf(one))
    expect(written['unsigned']).toEqual({
      [names.backupMac]: vector.session_data.unsigned[names.backupMac],
    })
  })

  test.each(all)('by a client that cannot read, is the same: %s', (_, one) => {
    const { key, writer, session, vector } = one
    const whole = encryptionKeyOf(key)
    const shared = encryptionKeyFor({ public_key: vector.public_key }, whole.macKey)
    const { ephemeral, sharedSecret: secret } = parametersOf(one)
    const agreement = { ephemeral, sharedSecret: secret }
    expect(shared.publicKey).toEqual(whole.publicKey)
    expect(writer.encrypt(session, { ...agreement, macKey: shared.macKey })).toEqual(
      writer.encrypt(session, { ...agreement, macKey: whole.macKey }),
    )
  })
})

/** The text with each of its bytes changed, by a mask that keeps it UTF-8. */
function changesOf(text: string): readonly string[] {
  const bytes = utf8(text)
  return [...bytes.keys()].map((at) =>
    fromUtf8(bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))),
  )
}

function reasonsOf(outcomes: readonly EntryOutcome[]): readonly string[] {
  const reasons = outcomes.map((outcome) =>
    outcome.status === 'failed' ? outcome.reason : 'opened',
  )
  return [...new Set(reasons)]
}

function changed(one: OracleEntry, changes: readonly JsonObject[]): readonly BackupEntry[] {
  const { session_data: sessionData } = one.vector
  return changes.map((change) => withSessionData(one.entry, { ...sessionData, ...change }))
}

describe('changed', () => {
  const covered = ['ephemeral', 'ciphertext', 'mac'] as const

  test.each(v2)(
    'at any byte of what is covered, it is a backup_mac_mismatch: %s',
    async (_, one) => {
      const { session_data: sessionData } = one.vector
      const entries = changed(
        one,
        covered.flatMap((field) =>
          changesOf(sessionData[field] ?? '').map((text) => ({ [field]: text })),
        ),
      )
      expect(entries.length).toBeGreaterThan(600)
      expect(reasonsOf(await openAll(entries, optionsOf(one)))).toEqual(['backup_mac_mismatch'])
    },
  )

  test.each(v1)('and so it is in v1, where the MAC is required: %s', async (_, one) => {
    const { session_data: sessionData } = one.vector
    const entries = changed(
      one,
      covered.flatMap((field) =>
        changesOf(sessionData[field] ?? '').map((text) => ({ [field]: text })),
      ),
    )
    const options = { ...optionsOf(one), macPolicy: 'backup_mac_required' } as const
    expect(reasonsOf(await openAll(entries, options))).toEqual(['backup_mac_mismatch'])
  })

  test.each(all)('at any byte of the MAC, nothing matches: %s', async (_, one) => {
    const { names, vector } = one
    const { unsigned } = vector.session_data
    const macs = changesOf(String(unsigned[names.backupMac]))
    const entries = changed(
      one,
      macs.map((mac) => ({ unsigned: { ...unsigned, [names.backupMac]: mac } })),
    )
    expect(entries).toHaveLength(43)
    const options = { ...optionsOf(one), macPolicy: 'backup_mac_required' } as const
    expect(reasonsOf(await openAll(entries, options))).toEqual(['backup_mac_mismatch'])
  })

  test.each(v1)('in v1 where it is not required, a wrong MAC is a fact: %s', async (_, one) => {
    const { names, vector } = one
    const unsigned = { ...vector.session_data.unsigned, [names.backupMac]: 'AAAA' }
    const [entry = one.entry] = changed(one, [{ unsigned }])
    expect(await openGood(entry, optionsOf(one))).toMatchObject({
      mac: 'libolm',
      backupMac: 'mismatch',
    })
  })

  /** What the MAC covers, as text, with each byte changed; where that is JSON still. */
  function wholeChanges({ vector }: OracleEntry): readonly JsonObject[] {
    const { unsigned, signatures, ...whole } = vector.session_data
    return changesOf(JSON.stringify(whole)).flatMap((text) => {
      try {
        const value: unknown = JSON.parse(text)
        return isJsonObject(value) ? [{ ...value, unsigned, signatures }] : []
      } catch {
        return []
      }
    })
  }

  test.each(v2)('at any byte of its JSON, names and all, it never opens: %s', async (_, one) => {
    const entries = wholeChanges(one).map((data) => withSessionData(one.entry, data))
    expect(entries.length).toBeGreaterThan(600)
    const reasons = reasonsOf(await openAll(entries, optionsOf(one)))
    expect(reasons.toSorted()).toEqual(['backup_mac_mismatch', 'malformed_session_data'])
  })

  const extra: readonly JsonObject[] = [
    { 'org.example.added': 1 },
    { '': '' },
    { toString: null },
    JSON.parse('{"__proto__":{"ephemeral":"A"}}') as JsonObject,
    { 'org.example.extra': { z: 2, a: ['ü', true, null] } },
    { 'org.example.extra': { z: 1, a: ['u', true, null] } },
  ]

  test.each(v2)('by another member, it is a backup_mac_mismatch: %s', async (_, one) => {
    expect(reasonsOf(await openAll(changed(one, extra), optionsOf(one)))).toEqual([
      'backup_mac_mismatch',
    ])
  })

  test.each(all)('in what is not covered, it is opened: %s', async (_, one) => {
    const { unsigned } = one.vector.session_data
    const uncovered = [
      { unsigned: { ...unsigned, age: 7, more: { a: [0.5] } } },
      { signatures: { '@a:b': { 'ed25519:C': 'd' } } },
      { signatures: 0.5 },
      { signatures: undefined },
    ]
    const outcomes = await openAll(changed(one, uncovered), optionsOf(one))
    expect(outcomes.map((outcome) => outcome.status === 'opened' && outcome.backupMac)).toEqual(
      uncovered.map(() => 'valid'),
    )
  })

  test.each(v2)('without its MAC, or under the other name, it has none: %s', async (_, one) => {
    const { names, vector } = one
    const { [names.backupMac]: mac, ...rest } = vector.session_data.unsigned
    const other = names.backupMac === 'backup_mac' ? 'org.matrix.msc4048.backup_mac' : 'backup_mac'
    const entries = changed(one, [
      { unsigned: rest },
      { unsigned: { ...rest, [other]: mac } },
      { unsigned: undefined },
      { unsigned: null },
      { unsigned: [mac] },
      { unsigned: mac },
      { unsigned: {}, [names.backupMac]: mac },
      { unsigned: JSON.parse(`{"__proto__":{"${names.backupMac}":"${String(mac)}"}}`) as unknown },
    ])
    const reasons = reasonsOf(await openAll(entries, optionsOf(one)))
    expect(reasons).toEqual(['backup_mac_missing'])
  })

  test.each(v1)('in v1 either name counts: %s', async (_, one) => {
    const { names, vector } = one
    const { [names.backupMac]: mac } = vector.session_data.unsigned
    const other = names.backupMac === 'backup_mac' ? 'org.matrix.msc4048.backup_mac' : 'backup_mac'
    const entries = changed(one, [
      { unsigned: { [other]: mac } },
      { unsigned: { [other]: mac, [names.backupMac]: 'A' } },
      { unsigned: { [other]: 1, [names.backupMac]: mac } },
    ])
    const options = { ...optionsOf(one), macPolicy: 'backup_mac_required' } as const
    expect(reasonsOf(await openAll(entries, options))).toEqual(['opened'])
  })

  test('read as the other algorithm of v2, an entry has no MAC', async () => {
    for (const { key, entry, algorithm } of oracleV2) {
      const other = oracleV2.find((one) => one.algorithm !== algorithm)?.algorithm
      const outcome = await openBad(entry, other === undefined ? {} : { key, algorithm: other })
      expect(outcome.reason).toBe('backup_mac_missing')
    }
  })

  test('read with the key of another backup, an entry is a backup_mac_mismatch', async () => {
    for (const [index, { entry, algorithm }] of oracleV2.entries()) {
      const key = oracleV2.at(index - 1)?.key
      const outcome = await openBad(entry, key === undefined ? {} : { key, algorithm })
      expect(outcome.reason).toBe('backup_mac_mismatch')
    }
  })
})

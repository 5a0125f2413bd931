/** Audits of whole backups. */
import { utf8 } from '@roomkeys/crypto/bytes'
import { isJsonObject, roomId, sessionId } from '@roomkeys/types'
import { nobleSharedSecrets } from '@roomkeys/crypto/x25519'
import { describe, expect, test } from 'vitest'
import { BATCH_SIZE } from '../../src/batches.ts'
import { createFingerprints } from '../../src/audit/fingerprints.ts'
import { jsonBytes } from '../../src/audit/json-bytes.ts'
import { audit } from '../../src/audit.ts'
import { generateDecryptionKey } from '../../src/decryption-key.ts'
import { dumpSource, exportSource } from '../../src/diff.ts'
import { encryptionKeyOf } from '../../src/encryption-key.ts'
import type { BackupEntry } from '../../src/entry.ts'
import { entriesOfStream } from '../../src/entry-stream.ts'
import { megolmBackupV2 } from '../../src/v2.ts'
import { encrypted } from '../encrypted.ts'
import { entryOf } from '../sealed.ts'
import { account, at } from '../vectors.ts'
import { createWorld, VERSION } from '../restore/world.ts'
import { audited, OPTIONS } from './world.ts'

const COUNT = 250
const version = account.version

const bytesOf = (entries: readonly BackupEntry[]): number =>
  entries.reduce((sum, { data }) => sum + JSON.stringify(data).length, 0)

describe('the backup of the vectors', () => {
  test('is sound', async () => {
    const { report, entries } = await audited(account.entries, { version })
    expect(entries).toEqual([])
    expect(report).toMatchObject({
      result: 'sound',
      entries: COUNT,
      bytes: bytesOf(account.entries),
      statuses: { opened: COUNT, other_key: 0, failed: 0, read: 0 },
      findings: {},
      macs: { libolm: COUNT, intended: 0, backup_mac: 0, mismatch: 0 },
      backupMacs: { valid: 0, mismatch: 0, missing: COUNT, unchecked: 0 },
      authenticated: 0,
      unauthenticated: COUNT,
      keys: [{ publicKey: account.key.publicKey, isCurrent: true, opened: COUNT }],
      version: { version: version.version, announced: COUNT, codes: [] },
      omitted: { roomEntries: 0, roomBytes: 0, addresses: 0, ephemeralKeys: 0 },
    })
  })

  test('is summed by room', async () => {
    const { report } = await audited(account.entries)
    for (const { roomId: room, entries, bytes, notOpened } of report.rooms) {
      const own = account.entries.filter((entry) => entry.roomId === room)
      expect({ entries, bytes, notOpened }).toEqual({
        entries: own.length,
        bytes: bytesOf(own),
        notOpened: 0,
      })
    }
    expect(report.rooms.reduce((sum, { entries }) => sum + entries, 0)).toBe(COUNT)
  })

  test('has keys that begin late', async () => {
    const claimed = account.entries.filter(
      ({ data }) => isJsonObject(data) && Number(data['first_message_index']) > 0,
    )
    const { report } = await audited(account.entries)
    expect(report.startingLate).toBe(claimed.length)
  })

  test('is told as it goes on', async () => {
    const { events } = await audited(account.entries, { version })
    expect(events.map((event) => (event.type === 'progress' ? event.done : event.type))).toEqual([
      'version',
      ...Array.from({ length: Math.ceil(COUNT / BATCH_SIZE) }, (_, i) =>
        Math.min(COUNT, (i + 1) * BATCH_SIZE),
      ),
      'finished',
    ])
  })

  test('is read from a live backup as from a dump', async () => {
    const { server } = createWorld()
    const live = await audited(server.api.readKeys(VERSION), { version })
    expect(live.report).toEqual((await audited(account.entries, { version })).report)
  })

  test('is read from the bytes of a dump as from its entries', async () => {
    const text = JSON.stringify(account.answer)
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let from = 0; from < text.length; from += 10_000)
        yield await Promise.resolve(utf8(text.slice(from, from + 10_000)))
    }
    const dump = await audited(entriesOfStream(pieces()), { version })
    expect(dump.report).toEqual((await audited(account.entries, { version })).report)
  })

  test('conflicts with no export of it, and with no dump', async () => {
    const sources = [
      exportSource(account.expected),
      dumpSource(account.entries, { ...OPTIONS, key: account.key }),
    ]
    for (const against of sources)
      expect((await audited(account.entries, { against })).report.result).toBe('sound')
  })
})

describe('keys', () => {
  test('none: the structure alone, which is no success', async () => {
    const { report, entries } = await audited(account.entries, { keys: [], version })
    expect(entries).toEqual([])
    expect(report).toMatchObject({
      result: 'structure_only',
      statuses: { read: COUNT },
      backupMacs: { unchecked: COUNT },
      keys: [],
    })
  })

  test('none, and a broken structure', async () => {
    const broken = entryOf({ ephemeral: 'AA', ciphertext: '', mac: '' })
    const { report, entries } = await audited([broken], { keys: [] })
    expect(report.result).toBe('failing')
    expect(entries).toMatchObject([
      { status: 'failed', findings: [{ code: 'malformed_session_data' }] },
    ])
  })

  test('none, and a v2 backup', async () => {
    const session = at(account.expected, 0)
    const key = encryptionKeyOf(account.key)
    const entries = [entryOf(encrypted(session, { algorithm: megolmBackupV2, key })), entryOf({})]
    const { report } = await audited(entries, { keys: [], algorithm: megolmBackupV2 })
    expect(report.statuses).toEqual({ opened: 0, other_key: 0, failed: 1, read: 1 })
  })

  test('a wrong one: every entry is of no known key', async () => {
    const { report, entries } = await audited(account.entries.slice(0, 10), {
      keys: [generateDecryptionKey()],
    })
    expect(report).toMatchObject({
      result: 'failing',
      statuses: { failed: 10 },
      findings: { mac_mismatch: 10 },
      macs: { libolm: 0, mismatch: 10 },
    })
    expect(entries).toHaveLength(10)
  })

  test('several: each entry opens with its own', async () => {
    const older = [generateDecryptionKey(), generateDecryptionKey()]
    const keys = [account.key, ...older]
    const entries = account.expected.slice(0, 30).map((record, number) => ({
      roomId: roomId(record.room_id),
      sessionId: sessionId(record.session_id),
      data: {
        first_message_index: 0,
        forwarded_count: 0,
        is_verified: false,
        session_data: encrypted(record, {
          key: encryptionKeyOf(keys[number % 3] ?? account.key),
        }),
      },
    }))
    const { report } = await audited(entries, { keys, sharedSecrets: nobleSharedSecrets })
    expect(report.keys.map(({ opened }) => opened)).toEqual([10, 10, 10])
    expect(report.statuses).toMatchObject({ opened: 10, other_key: 20 })
    expect(report.result).toBe('failing')
  })
})

/** Every entry of a stream of so many, and the most that were taken and not told yet. */
function synthetic(count: number) {
  const flight = { taken: 0, done: 0, most: 0 }
  async function* entries(): AsyncGenerator<BackupEntry> {
    for (let number = 0; number < count; number += 1) {
      await Promise.resolve()
      flight.taken += 1
      flight.most = Math.max(flight.most, flight.taken - flight.done)
      const room = roomId(`!room${number % 300}:example.org`)
      yield {
        ...at(account.entries, number % COUNT),
        roomId: room,
        sessionId: sessionId(`${number}`),
      }
    }
  }
  return { flight, entries: entries() }
}

describe('a large backup', () => {
  test('is read with few entries in flight, and reported within limits', async () => {
    const { flight, entries } = synthetic(20_000)
    const options = { ...OPTIONS, keys: [], maxRooms: 100 }
    let odd = 0
    for await (const event of audit(entries, options)) {
      if (event.type === 'entry') odd += 1
      if (event.type === 'progress') flight.done = event.done
      if (event.type !== 'finished') continue
      expect(event.report.rooms).toHaveLength(100)
      expect(event.report).toMatchObject({ entries: 20_000, statuses: { read: 20_000 } })
      const reported = event.report.rooms.reduce((sum, room) => sum + room.entries, 0)
      expect(reported + event.report.omitted.roomEntries).toBe(20_000)
      expect(event.report.findings.reused_ephemeral_key).toBe(20_000 - COUNT)
    }
    expect(odd).toBe(20_000)
    expect(flight.most).toBeLessThanOrEqual(64)
  })

  test('stops at the signal, and closes the source', async () => {
    const controller = new AbortController()
    const { flight, entries } = synthetic(1_000)
    const run = async (): Promise<void> => {
      for await (const event of audit(entries, { ...OPTIONS, signal: controller.signal }))
        if (event.type === 'progress') controller.abort(new Error('enough'))
    }
    await expect(run()).rejects.toThrow('enough')
    expect(flight.taken).toBeLessThanOrEqual(128)
    expect((await entries.next()).done).toBe(true)
  })
})

describe('what is remembered', () => {
  test('is known again, through every growth', () => {
    const seen = createFingerprints()
    const texts = Array.from({ length: 5_000 }, (_, number) => `text ${number}`)
    expect(new Set(texts.map(seen.see))).toEqual(new Set(['new']))
    expect(new Set(texts.map(seen.see))).toEqual(new Set(['seen']))
  })

  test('knows so many again that pages are full', () => {
    const seen = createFingerprints()
    const count = 300_000
    const sightings = { new: 0, seen: 0, not_remembered: 0 }
    for (let text = 0; text < 2 * count; text += 1) sightings[seen.see(`${text % count}`)] += 1
    expect(sightings).toEqual({ new: count, seen: count, not_remembered: 0 })
  })

  test('has a limit, past which what is remembered is still known', () => {
    const seen = createFingerprints(2)
    expect(['a', 'b', 'c', 'a', 'c'].map(seen.see)).toEqual([
      'new',
      'new',
      'not_remembered',
      'seen',
      'not_remembered',
    ])
  })

  test('sizes are those of JSON, at any depth', () => {
    const values = [null, true, 12, 'text', 'é', [], [1, 'a'], {}, { a: [{ b: null }], é: 'x' }]
    for (const value of values)
      expect(jsonBytes(value)).toBe(new TextEncoder().encode(JSON.stringify(value)).length)
    let deep: unknown = 0
    for (let depth = 0; depth < 100_000; depth += 1) deep = [deep]
    expect(jsonBytes(deep)).toBe(200_001)
  })
})

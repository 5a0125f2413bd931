/** Whatever entries say: one verdict for each, counts that add up, and no other end. */
import { isJsonObject, roomId, sessionId } from '@roomkeys/types'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BackupEntry } from '../../src/entry.ts'
import { megolmBackupV1 } from '../../src/v1.ts'
import { megolmBackupV2, megolmBackupV2Unstable } from '../../src/v2.ts'
import { sessionDataOf } from '../sealed.ts'
import { account, at } from '../vectors.ts'
import { audited } from './world.ts'

const genuine = at(account.entries, 0)

const dataArbitrary = fc.oneof(
  fc.jsonValue(),
  fc
    .tuple(fc.constantFrom('ephemeral', 'ciphertext', 'mac', 'unsigned'), fc.jsonValue())
    .map(([name, value]) => {
      const { data } = genuine
      const sessionData = sessionDataOf(genuine)
      const changed = { ...(isJsonObject(sessionData) ? sessionData : {}), [name]: value }
      return { ...(isJsonObject(data) ? data : {}), session_data: changed }
    }),
)

const id = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '!room', '.'))

const entryArbitrary: fc.Arbitrary<BackupEntry> = fc
  .tuple(id, id, dataArbitrary)
  .map(([room, session, data]) => ({ roomId: roomId(room), sessionId: sessionId(session), data }))

test('random entries, versions and keys', async () => {
  const algorithms = fc.constantFrom(megolmBackupV1, megolmBackupV2, megolmBackupV2Unstable)
  const keys = fc.constantFrom([], [account.key])
  const version = fc.oneof(fc.constant(undefined), fc.jsonValue(), fc.constant(account.version))
  const entries = fc.array(entryArbitrary, { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(entries, version, fc.tuple(algorithms, keys), async (list, record, more) => {
      const [algorithm, known] = more
      const options = { algorithm, keys: known, version: record }
      const { report, entries: told } = await audited(list, options)
      const { statuses, rooms, omitted } = report
      const sum = Object.values(statuses).reduce((total, count) => total + count, 0)
      expect(sum).toBe(list.length)
      const inRooms = rooms.reduce((total, room) => total + room.entries, 0)
      expect(inRooms + omitted.roomEntries).toBe(list.length)
      const failed = told.filter(({ status }) => status === 'failed')
      expect(failed).toHaveLength(statuses.failed)
      for (const { findings } of failed) expect(findings[0]).toHaveProperty('error')
    }),
    { numRuns: 400 },
  )
})

test('an entry whose ephemeral key, MAC or first blocks are changed does not open', async () => {
  const sessionData = sessionDataOf(genuine)
  const texts = isJsonObject(sessionData) ? sessionData : {}
  const changed = ['ephemeral', 'mac', 'ciphertext'].flatMap((name) => {
    const text = String(texts[name])
    const positions = Array.from({ length: Math.min(text.length, 60) }, (_, position) => position)
    return positions.map((position): BackupEntry => {
      const other = text[position] === 'A' ? 'B' : 'A'
      const value = text.slice(0, position) + other + text.slice(position + 1)
      const data = isJsonObject(genuine.data) ? genuine.data : {}
      return { ...genuine, data: { ...data, session_data: { ...texts, [name]: value } } }
    })
  })
  const { report, entries } = await audited(changed)
  expect(report.statuses).toMatchObject({ opened: 0, failed: changed.length })
  const reasons = new Set(entries.map(({ findings }) => findings[0]?.code))
  for (const reason of reasons)
    expect([
      'mac_mismatch',
      'bad_ciphertext',
      'malformed_plaintext',
      'malformed_session_data',
    ]).toContain(reason)
})

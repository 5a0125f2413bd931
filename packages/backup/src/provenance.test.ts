import { describe, expect, test } from 'vitest'
import { openGood } from '../test/open.ts'
import { oracleV1, oracleV2 } from '../test/oracle.ts'
import { at } from '../test/vectors.ts'
import type { BackupMacFact } from './algorithm.ts'
import type { OpenedEntry } from './entry.ts'
import { provenanceOf } from './provenance.ts'
import { megolmBackupV1 } from './v1.ts'
import { megolmBackupV2, megolmBackupV2Unstable } from './v2.ts'

async function opened(): Promise<OpenedEntry> {
  const { entry, key, algorithm } = at(oracleV2, 0)
  return openGood(entry, { key, algorithm })
}

const FACTS: readonly BackupMacFact[] = ['valid', 'mismatch', 'missing', 'unchecked']

describe.each([megolmBackupV2, megolmBackupV2Unstable])('$name', (algorithm) => {
  test('a valid MAC authenticates, whatever v1 counts for', async () => {
    const outcome = await opened()
    for (const backupMacInV1 of ['ignored', 'trusted'] as const)
      expect(provenanceOf(outcome, { algorithm, backupMacInV1 })).toEqual({
        kind: 'authenticated_backup',
      })
  })

  test.each(['m.undefined', 'm.legacy-v1', 'm.forwarded_room_key'] as const)(
    'a record that says %s is not authenticated',
    async (unauthenticated) => {
      const outcome = { ...(await opened()), unauthenticated }
      expect(provenanceOf(outcome, { algorithm }).kind).toBe('unauthenticated_backup')
    },
  )
})

describe('v1', () => {
  const algorithm = megolmBackupV1

  test.each(FACTS)('counts for nothing by itself: %s', async (backupMac) => {
    const outcome = { ...(await opened()), backupMac }
    expect(provenanceOf(outcome, { algorithm }).kind).toBe('unauthenticated_backup')
  })

  test.each(FACTS)(
    'authenticates with a valid MAC where that is trusted: %s',
    async (backupMac) => {
      const outcome = { ...(await opened()), backupMac }
      expect(provenanceOf(outcome, { algorithm, backupMacInV1: 'trusted' }).kind).toBe(
        backupMac === 'valid' ? 'authenticated_backup' : 'unauthenticated_backup',
      )
    },
  )

  test('entries of the oracle', async () => {
    const kinds: string[] = []
    for (const { entry, key } of oracleV1) {
      const outcome = await openGood(entry, { key })
      kinds.push(provenanceOf(outcome, { algorithm, backupMacInV1: 'trusted' }).kind)
    }
    expect(kinds.filter((kind) => kind === 'authenticated_backup')).toHaveLength(6)
  })
})

/**
 * Every session_data of the vectors, changed at every byte of every field by one mask, through the
 * whole path of opening. What other masks can do is in mutation.test.ts.
 */
import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import { utf8 } from '@roomkeys/crypto/bytes'
import { parseSessionExport, sessionIdOf } from '@roomkeys/megolm'
import {
  parseWire,
  roomId,
  type SessionDataV1,
  sessionDataV1Schema,
  sessionId,
} from '@roomkeys/types'
import { expect, test } from 'vitest'
import type { DecryptionKey } from '../src/decryption-key.ts'
import type { BackupEntry, EntryOutcome } from '../src/entry.ts'
import { parsePlaintext } from '../src/plaintext.ts'
import { openAll } from './open.ts'
import { sessionDataOf } from './sealed.ts'
import { account, keyOf, libolm } from './vectors.ts'

/** A bit that no format ignores; X25519 masks the high one of the last byte. */
const MASK = 0x04

const FIELDS = ['ephemeral', 'ciphertext', 'mac'] as const

function changes(entry: BackupEntry, sessionData: SessionDataV1): readonly BackupEntry[] {
  return FIELDS.flatMap((field) => {
    const bytes = decodeBase64(sessionData[field])
    return [...bytes.keys()].map((position) => {
      const changed = bytes.map((byte, i) => (i === position ? byte ^ MASK : byte))
      const data = { session_data: { ...sessionData, [field]: encodeBase64(changed) } }
      return { ...entry, data }
    })
  })
}

const openedOf = (outcomes: readonly EntryOutcome[]): readonly EntryOutcome[] =>
  outcomes.filter(({ status }) => status === 'opened')

async function openedAfterChange(
  entry: BackupEntry,
  sessionData: SessionDataV1,
  key: DecryptionKey,
): Promise<readonly EntryOutcome[]> {
  const changed = changes(entry, sessionData)
  const outcomes = await openAll(changed, { key })
  expect(outcomes).toHaveLength(changed.length)
  return openedOf(outcomes)
}

test('no entry of the account opens with any of its bytes changed', async () => {
  expect(account.entries).toHaveLength(250)
  for (const entry of account.entries) {
    const sessionData = parseWire(sessionDataV1Schema, sessionDataOf(entry), 'session_data')
    expect(await openedAfterChange(entry, sessionData, account.key)).toEqual([])
  }
})

/** The entries by libolm whose plaintext is a session; no other opens in the first place. */
const sessions = libolm.filter(({ plaintext }) => plaintext.startsWith('{'))

test('no entry by libolm opens with any of its bytes changed', async () => {
  expect(sessions).toHaveLength(23)
  for (const { decryption_key, plaintext, session_data: sessionData } of sessions) {
    const { session_key } = parsePlaintext(utf8(plaintext)).session
    const id = sessionId(sessionIdOf(parseSessionExport(session_key)))
    const ids = { roomId: roomId('!room:example.org'), sessionId: id }
    const entry = { ...ids, data: { session_data: sessionData } }
    const key = keyOf(decryption_key)
    expect(openedOf(await openAll([entry], { key }))).toHaveLength(1)
    expect(await openedAfterChange(entry, sessionData, key)).toEqual([])
  }
})

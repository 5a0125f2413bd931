/** One entry after an audit. */
import type { Candidate } from '@roomkeys/megolm'
import { idProblem, isJsonObject, wireIntegerSchema } from '@roomkeys/types'
import * as v from 'valibot'
import { judge } from '../diff/judge.ts'
import type { BackupEntry, OpenedEntry } from '../entry.ts'
import { addressKey } from '../merge/address-key.ts'
import { sessionUnder } from '../session-key.ts'
import type { AuditFinding, OddityCode } from './finding.ts'
import type { Fingerprints } from './fingerprints.ts'
import type { Attempt } from './open-with-keys.ts'

/** `opened`: with the backup's key. `read`: its structure alone, because no key is known. */
export type EntryStatus = 'opened' | 'other_key' | 'failed' | 'read'

/** An entry with what was found. */
export interface AuditedEntry {
  readonly entry: BackupEntry
  readonly status: EntryStatus
  readonly findings: readonly AuditFinding[]
  /** `null` where no key is known. */
  readonly attempt: Attempt | null
}

const SESSION_ID = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]$/

/** Most entries have nothing to say. */
const NONE: readonly never[] = []

/** What the ids say against themselves. */
function idCodes({ roomId, sessionId }: BackupEntry): readonly OddityCode[] {
  const isRoom = roomId.startsWith('!') && idProblem(roomId) === null
  if (isRoom && SESSION_ID.test(sessionId)) return NONE
  return [
    ...(isRoom ? [] : ['room_id_malformed' as const]),
    ...(SESSION_ID.test(sessionId) ? [] : ['session_id_malformed' as const]),
  ]
}

const metadataSchema = v.looseObject({
  first_message_index: wireIntegerSchema,
  forwarded_count: wireIntegerSchema,
  is_verified: v.boolean(),
})

function metadataCodes({ data }: BackupEntry): readonly OddityCode[] {
  return v.is(metadataSchema, data) ? NONE : ['metadata_malformed']
}

function openedCodes({ mac, backupMac, notes }: OpenedEntry): readonly OddityCode[] {
  if (mac !== 'intended' && backupMac !== 'mismatch') return notes
  return [
    ...notes,
    ...(mac === 'intended' ? ['mac_over_ciphertext' as const] : []),
    ...(backupMac === 'mismatch' ? ['backup_mac_not_valid' as const] : []),
  ]
}

/** Addresses and ephemeral keys that came before. */
export interface Seen {
  readonly addresses: Fingerprints
  readonly ephemeralKeys: Fingerprints
  /** What there was no place to remember. */
  readonly omitted: { addresses: number; ephemeralKeys: number }
}

/** The ephemeral key, in one spelling; `null` where there is none to compare. */
function ephemeralOf({ data }: BackupEntry): string | null {
  const sessionData = isJsonObject(data) ? data['session_data'] : undefined
  const text = isJsonObject(sessionData) ? sessionData['ephemeral'] : undefined
  const plain = typeof text === 'string' ? text.replace(/=$/, '') : ''
  return SESSION_ID.test(plain) ? plain : null
}

/** What repeats; entries that come twice have one ephemeral key of course. */
export function repeatCodes(entry: BackupEntry, seen: Seen): readonly OddityCode[] {
  const address = seen.addresses.see(addressKey(entry))
  if (address === 'not_remembered') seen.omitted.addresses += 1
  if (address === 'seen') return ['duplicate_address']
  const ephemeral = ephemeralOf(entry)
  const sighting = ephemeral === null ? 'new' : seen.ephemeralKeys.see(ephemeral)
  if (sighting === 'not_remembered') seen.omitted.ephemeralKeys += 1
  return sighting === 'seen' ? ['reused_ephemeral_key'] : NONE
}

/** What is odd about an entry, each once. */
export function oddities(
  entry: BackupEntry,
  attempt: Attempt | null,
  repeats: readonly OddityCode[],
): readonly AuditFinding[] {
  const { outcome } = attempt ?? {}
  const ofOpened = outcome?.status === 'opened' ? openedCodes(outcome) : NONE
  const all = [idCodes(entry), metadataCodes(entry), ofOpened, repeats]
  if (all.every((codes) => codes.length === 0)) return NONE
  return [...new Set(all.flat())].map((code) => ({ code }))
}

function candidateOf({ sessionId, session, firstMessageIndex }: OpenedEntry): Candidate {
  const provenance = { kind: 'unauthenticated_backup' } as const
  const origins = [{ fromIndex: firstMessageIndex, provenance }]
  return { session: sessionUnder(sessionId, session), origins }
}

const FIXED = { a: false, b: false } as const

/** Whether an opened entry and the copies of another source do not connect. */
export function isConflicting(opened: OpenedEntry, others: readonly Candidate[]): boolean {
  if (others.length === 0) return false
  return judge({ a: [candidateOf(opened)], b: others }, FIXED)[0]?.kind === 'conflicting'
}

/** Entries by an oracle for MSC4048: v2, and v1 with both MACs, under either names. */
import { utf8 } from '@roomkeys/crypto/bytes'
import { parseSessionExport, sessionIdOf } from '@roomkeys/megolm'
import {
  type BackedUpSessionData,
  type JsonObject,
  MEGOLM_BACKUP_V1,
  roomId,
  sessionId,
} from '@roomkeys/types'
import { readFileSync } from 'node:fs'
import type { BackupAlgorithm } from '../src/algorithm.ts'
import { type Names, STABLE_NAMES, UNSTABLE_NAMES } from '../src/curve25519/names.ts'
import type { DecryptionKey } from '../src/decryption-key.ts'
import type { BackupEntry } from '../src/entry.ts'
import { parsePlaintext } from '../src/plaintext.ts'
import { megolmBackupV1 } from '../src/v1.ts'
import { encryptAs } from '../src/v1/encrypt.ts'
import { megolmBackupV2, megolmBackupV2Unstable } from '../src/v2.ts'
import { keyOf } from './vectors.ts'

interface OracleVector {
  readonly algorithm: string
  readonly unstable: boolean
  readonly decryption_key: string
  readonly public_key: string
  readonly mac_key: string
  readonly plaintext: string
  readonly session_data: OracleSessionData
}

/** `session_data` of an oracle's entry. */
export interface OracleSessionData extends JsonObject {
  readonly ephemeral: string
  readonly ciphertext: string
  /** In v1 alone. */
  readonly mac?: string
  readonly unsigned: JsonObject
}

/** An entry of the oracle, with what reads it. */
export interface OracleEntry {
  readonly title: string
  readonly vector: OracleVector
  readonly key: DecryptionKey
  readonly algorithm: BackupAlgorithm
  /** The same, writing the names of this entry. */
  readonly writer: BackupAlgorithm
  readonly names: Names
  readonly session: BackedUpSessionData
  readonly entry: BackupEntry
}

/** An entry with other `session_data`. */
export function withSessionData(entry: BackupEntry, session_data: unknown): BackupEntry {
  const data = { first_message_index: 0, forwarded_count: 0, is_verified: false, session_data }
  return { ...entry, data }
}

function read(vector: OracleVector, index: number): OracleEntry {
  const names = vector.unstable ? UNSTABLE_NAMES : STABLE_NAMES
  const v2 = vector.unstable ? megolmBackupV2Unstable : megolmBackupV2
  const algorithm = vector.algorithm === MEGOLM_BACKUP_V1 ? megolmBackupV1 : v2
  const { session } = parsePlaintext(utf8(vector.plaintext))
  const id = sessionId(sessionIdOf(parseSessionExport(session.session_key)))
  const address = { roomId: roomId('!room:example.org'), sessionId: id, data: null }
  return {
    title: `${index}, ${vector.algorithm}, ${vector.unstable ? 'unstable' : 'stable'} names`,
    vector,
    key: keyOf(vector.decryption_key),
    algorithm,
    writer: algorithm === megolmBackupV1 ? { ...algorithm, encrypt: encryptAs(names) } : v2,
    names,
    session,
    entry: withSessionData(address, vector.session_data),
  }
}

const path = new URL('../../../vectors/backup-v2-oracle.json', import.meta.url)
// A file of this repository, whose shape its README gives; what is inside is what the tests are about.
const file = JSON.parse(readFileSync(path, 'utf8')) as { readonly vectors: readonly OracleVector[] }

/** All of them. */
export const oracle: readonly OracleEntry[] = file.vectors.map(read)
/** Those of v2. */
export const oracleV2: readonly OracleEntry[] = oracle.filter(
  ({ algorithm }) => algorithm !== megolmBackupV1,
)
/** Those of v1, with both MACs. */
export const oracleV1: readonly OracleEntry[] = oracle.filter(
  ({ algorithm }) => algorithm === megolmBackupV1,
)

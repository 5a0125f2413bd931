/** What an audit takes. */
import type { SharedSecrets } from '@roomkeys/crypto/x25519'
import type { BackupAlgorithm } from '../algorithm.ts'
import type { DecryptionKey } from '../decryption-key.ts'
import type { KeySource } from '../diff/source.ts'
import type { OpenEntries } from '../open-entries.ts'
import type { ProvenanceOptions } from '../provenance.ts'

/** What an audit works with. Every MAC is accepted and named: nothing is hidden by a policy. */
export interface AuditOptions extends Pick<ProvenanceOptions, 'backupMacInV1'> {
  /** What the entries are read as. */
  readonly algorithm: BackupAlgorithm
  /**
   * The known keys. The backup's is the one that belongs to the version, or the first where the version
   * is absent or says none; the others are superseded ones. Without keys the structure alone is read.
   */
  readonly keys?: readonly DecryptionKey[]
  /** The version's record, as the server or the dump has it; it may be broken. */
  readonly version?: unknown
  /** A second source to look for conflicts in: a store, another backup, a file. */
  readonly against?: KeySource
  /** Rooms that are reported by themselves, {@link MAX_REPORTED_ROOMS} when absent. */
  readonly maxRooms?: number
  /** Provider of shared secrets; the platform's by default. */
  readonly sharedSecrets?: SharedSecrets
  /** Opens the entries: that of a pool, on all cores. In this thread by default. */
  readonly openEntries?: OpenEntries
  readonly signal?: AbortSignal
}

/** Rooms that a report has one by one; the others are summed. */
export const MAX_REPORTED_ROOMS = 10_000

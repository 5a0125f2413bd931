/** What a rotation carried over, and what it did not. */
import type { BackupVersion } from '@roomkeys/types'
import type { FailureReason } from '../errors.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'

/** Why a key that was opened is not in the new version. */
export type NotCarriedReason =
  /** The server rejects it, alone in a request. */
  | 'rejected'
  /** Alone in a request it is still too large. */
  | 'too_large'
  /** The new version holds another ratchet under this session id, and nothing says which is true. */
  | 'conflicting'
  /** The new version holds a worse copy, which the server prefers. */
  | 'shadowed'
  /** It cannot be encrypted: its record is broken. */
  | 'unsealable'

/** Why a key was left behind: it cannot be opened, or not be carried over. */
export type LossReason = FailureReason | NotCarriedReason

/** A key that was left behind. */
export interface LostKey extends SessionAddress {
  readonly reason: LossReason
}

/** Keys that were left behind, by reason. */
export type LossCounts = Readonly<Partial<Record<LossReason, number>>>

/** Counts of a part of an old version. */
export interface Tally {
  /** Entries that came. */
  readonly entries: number
  /** Those whose key, or a better copy of it, is in the new version. */
  readonly carried: number
  readonly lost: LossCounts
  /** Every key that was opened and not carried; of those that cannot be opened, the first ones. */
  readonly listed: readonly LostKey[]
}

/** What was done with an old version. */
export type SourceState =
  /** It was read to its end. */
  | 'copied'
  /** It is not there any more. */
  | 'gone'
  /** The vault has no key for it. */
  | 'no_key'
  | 'unsupported_algorithm'
  | 'malformed_auth_data'

/** An old version, and what became of its keys. */
export interface SourceReport extends Tally {
  readonly version: BackupVersion
  readonly state: SourceState
  /** Entries that the server announced and did not deliver. */
  readonly missing: number
}

/** What a rotation came to. */
export interface RotationReport {
  /** The new version. */
  readonly version: BackupVersion
  /** The old versions, in the order of reading. */
  readonly sources: readonly SourceReport[]
  /**
   * `delete`: everything was carried over, and `finishRotation` may delete the old versions.
   * `would_lose_keys`: something was not, and it does so only when it is told to lose that.
   */
  readonly offer: 'delete' | 'would_lose_keys'
}

/** A tally of nothing. */
export const NOTHING: Tally = { entries: 0, carried: 0, lost: {}, listed: [] }

/** Whether deleting the version would lose anything. */
export function losesKeys({ state, missing, lost }: SourceReport): boolean {
  if (state === 'gone') return false
  return state !== 'copied' || missing > 0 || Object.keys(lost).length > 0
}

/** Sums a rotation up. */
export function reportOf(version: BackupVersion, sources: readonly SourceReport[]): RotationReport {
  const offer = sources.some(losesKeys) ? 'would_lose_keys' : 'delete'
  return { version, sources, offer }
}

/** Two tallies as one. */
export function sum(a: Tally, b: Tally): Tally {
  const lost: Partial<Record<LossReason, number>> = { ...a.lost }
  // Keys of an object literal of this module: exactly the reasons.
  for (const [reason, count] of Object.entries(b.lost) as [LossReason, number][])
    lost[reason] = (lost[reason] ?? 0) + count
  return {
    entries: a.entries + b.entries,
    carried: a.carried + b.carried,
    lost,
    listed: [...a.listed, ...b.listed],
  }
}

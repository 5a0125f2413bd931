/** Differences between two sources, and what they come to. */
import type { EntryError, FailureReason } from '../errors.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'
import type { Judgement, Side } from './judge.ts'

/** From which index on each side decrypts; `null` where it has no copy. */
export type Indices = Readonly<Record<Side, number | null>>

/** A session that the two sources do not have alike. */
export type SessionDifference = SessionAddress & Judgement & { readonly indices: Indices }

/** Something that is no session; to the other source, it is not there. */
export interface InvalidDifference extends SessionAddress {
  readonly kind: 'invalid_in_a' | 'invalid_in_b'
  readonly reason: FailureReason
  readonly error: EntryError
}

/** A difference. */
export type Difference = SessionDifference | InvalidDifference

/** The kinds of differences. */
export type DifferenceKind = Difference['kind']

/** What a comparison came to. */
export interface DiffSummary {
  /** What was read of each source: sessions and what is none. */
  readonly read: Readonly<Record<Side, number>>
  /** Sessions that both sources have alike. */
  readonly equal: number
  readonly differences: Readonly<Record<DifferenceKind, number>>
}

/** What happens in a comparison. */
export type DiffEvent =
  /** So many items of a source are read. */
  | { readonly type: 'progress'; readonly side: Side; readonly read: number }
  | { readonly type: 'difference'; readonly difference: Difference }
  | { readonly type: 'finished'; readonly summary: DiffSummary }

/** A summary of nothing. */
export function noDifferences(): Record<DifferenceKind, number> {
  return {
    missing_in_a: 0,
    missing_in_b: 0,
    better_in_a: 0,
    better_in_b: 0,
    conflicting: 0,
    invalid_in_a: 0,
    invalid_in_b: 0,
  }
}

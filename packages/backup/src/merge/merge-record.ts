/**
 * The session record of a copy that several records describe: which member comes from which.
 *
 * - `session_key` goes with the copy that begins earlier and is not decided here.
 * - `algorithm`, `sender_key`, `sender_claimed_keys` and `forwarding_curve25519_key_chain` say who made
 *   the session and how it came. They are taken together, from the record of the best origin: mixed,
 *   they would name a device that nobody named. Claimed keys that are empty there (some clients lost
 *   them) are filled in from a record with the same `sender_key`.
 * - The mark of what is `unauthenticated` speaks of the key from its first index on. So that of copies
 *   which begin there counts, and what is authenticated from there on has none. Backups of v1 know no
 *   mark: who writes a backup goes by the origins and not by the record.
 * - Every other member, known or not, `m.shared_history` among them, is kept from all records; where
 *   two have it, that of the better origin counts.
 *
 * Of equally good origins the record that was there first is the better one, so that merging a record
 * again changes nothing.
 */
import type { BackedUpSessionData } from '@roomkeys/types'
import { unauthenticatedOf, withUnauthenticated } from '../unauthenticated.ts'

/** Members that repeat the address, as records of export files do. */
const ADDRESS: readonly string[] = ['room_id', 'session_id']

/** Records of one session, and what they come to. */
export interface RecordsToMerge {
  /** The one of the best origin first; never empty. */
  readonly records: readonly [BackedUpSessionData, ...(readonly BackedUpSessionData[])]
  /** The session key that is kept. */
  readonly sessionKey: string
  /** Those of them whose mark counts, in the same order. */
  readonly marking: readonly BackedUpSessionData[]
}

function claimedKeys([
  best,
  ...others
]: RecordsToMerge['records']): BackedUpSessionData['sender_claimed_keys'] {
  const fitting = [best, ...others.filter(({ sender_key }) => sender_key === best.sender_key)]
  const found = fitting.find((record) => Object.keys(record.sender_claimed_keys).length > 0)
  return (found ?? best).sender_claimed_keys
}

/** The records without marks, but for the first one that counts. */
function withOneMark({ records, marking }: RecordsToMerge): readonly BackedUpSessionData[] {
  const marked = marking.find((record) => unauthenticatedOf(record) !== null)
  return records.map((record) =>
    record === marked ? record : withUnauthenticated(record, { name: '', mark: null }),
  )
}

/** Merges records; room id and session id are left to the address. */
export function mergeRecords(merge: RecordsToMerge): BackedUpSessionData {
  const { records, sessionKey } = merge
  const [best] = records
  const members = withOneMark(merge)
    .toReversed()
    .flatMap(Object.entries<unknown>)
    .filter(([name, value]) => value !== undefined && !ADDRESS.includes(name))
  return {
    ...Object.fromEntries(members),
    algorithm: best.algorithm,
    forwarding_curve25519_key_chain: best.forwarding_curve25519_key_chain,
    sender_key: best.sender_key,
    sender_claimed_keys: claimedKeys(records),
    session_key: sessionKey,
  }
}

/** Whether two records have the very same members. */
export function isSameRecord(first: BackedUpSessionData, second: BackedUpSessionData): boolean {
  const names = Object.keys(first)
  return (
    names.length === Object.keys(second).length &&
    names.every((name) => Object.hasOwn(second, name) && first[name] === second[name])
  )
}

/**
 * Comparing two sources of room keys: what is missing where, what is better where, and what conflicts.
 *
 * Each source is read once, as a stream; see `key-index` for what is kept meanwhile.
 */
import { callOptions } from '../ports/call-options.ts'
import { candidatesOf } from './candidates-of.ts'
import {
  type DiffEvent,
  type Difference,
  type DifferenceKind,
  noDifferences,
  type SessionDifference,
} from './difference.ts'
import { firstIndex, judge, type Side, type Sides } from './judge.ts'
import { createKeyIndex, type KeyIndex } from './key-index.ts'
import type { KeySource, SourceFailure, SourceItem } from './source.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'

/** Items between two events of progress. */
const PROGRESS_INTERVAL = 1_000

/** How sources are compared. */
export interface DiffOptions {
  readonly signal?: AbortSignal
}

interface Run {
  readonly sources: Readonly<Record<Side, KeySource>>
  readonly index: KeyIndex
  readonly signal: AbortSignal | undefined
  readonly read: Record<Side, number>
  readonly differences: Record<DifferenceKind, number>
  equal: number
}

function invalid(side: Side, failure: SourceFailure): Difference {
  const { roomId, sessionId, reason, error } = failure
  const kind = side === 'a' ? 'invalid_in_a' : 'invalid_in_b'
  return { kind, roomId, sessionId, reason, error }
}

function told(run: Run, difference: Difference): DiffEvent {
  run.differences[difference.kind] += 1
  return { type: 'difference', difference }
}

/** Takes an item into the index; gives the failure of one that is no session. */
function take(side: Side, item: SourceItem, index: KeyIndex): SourceFailure | null {
  const copies = item.status === 'invalid' ? item : candidatesOf(item)
  if ('status' in copies) return copies
  index.add(side, item, copies)
  return null
}

async function* readSide(side: Side, run: Run): AsyncGenerator<DiffEvent> {
  for await (const item of run.sources[side].sessions(callOptions(run))) {
    run.signal?.throwIfAborted()
    const failure = take(side, item, run.index)
    run.read[side] += 1
    if (failure !== null) yield told(run, invalid(side, failure))
    if (run.read[side] % PROGRESS_INTERVAL === 0)
      yield { type: 'progress', side, read: run.read[side] }
  }
}

function differencesOf(
  { roomId, sessionId }: SessionAddress,
  sides: Sides,
  { a, b }: Run['sources'],
): readonly SessionDifference[] {
  const keeps = { a: a.origins === 'kept', b: b.origins === 'kept' }
  const indices = { a: firstIndex(sides.a), b: firstIndex(sides.b) }
  return judge(sides, keeps).map((judgement) => ({ roomId, sessionId, ...judgement, indices }))
}

function* compareAll(run: Run): Generator<DiffEvent> {
  for (const [address, sides] of run.index.entries()) {
    run.signal?.throwIfAborted()
    const differences = sides === null ? [] : differencesOf(address, sides, run.sources)
    if (differences.length === 0) run.equal += 1
    for (const difference of differences) yield told(run, difference)
  }
}

/**
 * Compares two sources. What is no session comes as it is read, the other differences when both are
 * read. A session of which each source has something better comes twice.
 *
 * The other way round it gives the same differences with the sides swapped.
 *
 * @throws BackupError `too_large` when the sources have more sessions than are held at once
 * @throws what the sources throw, and the signal's reason when it is aborted
 */
export async function* diff(
  a: KeySource,
  b: KeySource,
  { signal }: DiffOptions = {},
): AsyncGenerator<DiffEvent> {
  signal?.throwIfAborted()
  const index = createKeyIndex()
  const differences = noDifferences()
  const run: Run = { sources: { a, b }, index, signal, read: { a: 0, b: 0 }, differences, equal: 0 }
  try {
    yield* readSide('a', run)
    yield* readSide('b', run)
    // A source may end because of the same signal: that is no end of its keys.
    signal?.throwIfAborted()
    yield* compareAll(run)
  } finally {
    index.destroy()
  }
  yield { type: 'finished', summary: { read: run.read, equal: run.equal, differences } }
}

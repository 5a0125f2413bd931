/**
 * Restoring a backup into a store: every key, an outcome for each, and nothing twice.
 *
 * The key is matched with the version before anything is read. Entries arrive as a stream, are opened
 * and merged in batches, and are durable before their outcome is told. So it may stop anywhere: the
 * store is as it should be, and a later run goes on where this one came to.
 */
import type { BackupVersionInfo } from '@roomkeys/types'
import { asyncBatchesOf, TRANSACTION_SIZE } from '../batches.ts'
import { readCurrentVersion, requireMatch } from '../current-version.ts'
import type { BackupEntry } from '../entry.ts'
import { BackupError } from '../errors.ts'
import { ApiError } from '../ports/api-error.ts'
import { callOptions } from '../ports/call-options.ts'
import {
  type CheckpointContext,
  readCheckpoint,
  type Restored,
  writeCheckpoint,
} from './checkpoint.ts'
import type { RestoreEvent } from './events.ts'
import { type FinishedRooms, followRooms } from './finished-rooms.ts'
import { openAhead } from './open-ahead.ts'
import type { RestoreOptions, RestoreScope } from './options.ts'
import { type Reading, readingsOf } from './read-scope.ts'
import {
  begin,
  count,
  countResumed,
  finish,
  type RestoreProgress,
  type RestoreReport,
  unchanged,
} from './report.ts'
import { restoreBatch, type RestoreContext } from './restore-batch.ts'
import { claim } from './single-flight.ts'

/** Entries between two checkpoints, at least: what an interruption costs at most, a room aside. */
const CHECKPOINT_INTERVAL = 1_000

/** Entries for each room that a checkpoint names: a checkpoint costs as much as it has rooms. */
const ENTRIES_PER_NOTED_ROOM = 10

const EVERYTHING: RestoreScope = { kind: 'everything' }
const NOTHING: ReadonlyMap<string, number> = new Map()

/** A run of a restore. */
interface Run {
  readonly context: RestoreContext
  /** Where checkpoints go; `null` when not everything is restored. */
  readonly checkpoint: CheckpointContext | null
  /** What was restored before, of the same state of the backup: entries by room. */
  readonly before: ReadonlyMap<string, number>
  readonly finished: FinishedRooms
  /** Ends the reading that is under way. */
  readonly stop: () => void
  progress: RestoreProgress
  sinceCheckpoint: number
}

/** A checkpoint names every finished room: the more there are, the rarer it is. */
function isCheckpointDue({ sinceCheckpoint, finished }: Run): boolean {
  const interval = Math.max(CHECKPOINT_INTERVAL, finished.rooms.size * ENTRIES_PER_NOTED_ROOM)
  return sinceCheckpoint >= interval
}

async function* unfinished({ entries }: Reading, run: Run): AsyncGenerator<BackupEntry> {
  for await (const entry of entries)
    if (run.before.has(entry.roomId)) run.progress = countResumed(run.progress, 1)
    else yield entry
}

/** The entries that are left to do; those of rooms that are done already are counted. */
function remaining(reading: Reading, run: Run): AsyncIterable<BackupEntry> {
  return run.before.size === 0 ? reading.entries : unfinished(reading, run)
}

async function noteRooms(run: Run): Promise<void> {
  run.sinceCheckpoint = 0
  if (run.checkpoint !== null) await writeCheckpoint(run.checkpoint, run.finished.rooms)
}

async function* restoreReading(reading: Reading, run: Run): AsyncGenerator<RestoreEvent> {
  const { transactionSize = TRANSACTION_SIZE } = run.context.store
  const batches = asyncBatchesOf(remaining(reading, run), transactionSize)
  let isRead = false
  try {
    const opened = openAhead(batches, run.context)
    for await (const batch of asyncBatchesOf(opened, transactionSize))
      for (const outcome of await restoreBatch(batch, run.context)) {
        run.progress = count(run.progress, outcome)
        run.sinceCheckpoint += 1
        const isRoomFinished = run.finished.follow(outcome)
        if (isRoomFinished && isCheckpointDue(run)) await noteRooms(run)
        run.context.signal?.throwIfAborted()
        yield { type: 'entry', outcome, progress: run.progress }
      }
    isRead = true
  } finally {
    // Whoever opens may have asked for more than it took: the server might never answer.
    if (!isRead) run.stop()
    await batches.return(undefined)
  }
  run.finished.end()
}

async function* restoreReadings(
  readings: Iterable<Reading>,
  run: Run,
): AsyncGenerator<RestoreEvent> {
  for (const reading of readings) {
    const { roomId } = reading
    const resumed = roomId === null ? undefined : run.before.get(roomId)
    if (resumed !== undefined) run.progress = countResumed(run.progress, resumed)
    else {
      yield { type: 'reading', roomId }
      yield* restoreReading(reading, run)
    }
  }
}

/** Notes what a run came to, and sums it up. */
async function conclude(version: BackupVersionInfo, run: Run): Promise<RestoreReport> {
  const report = finish(version, run.progress)
  const restored: Restored = report.result === 'complete' ? 'all' : run.finished.rooms
  if (run.checkpoint !== null) await writeCheckpoint(run.checkpoint, restored)
  return report
}

/** A version that goes away while it is read leaves what was restored. */
function explained(error: unknown): unknown {
  if (!(error instanceof ApiError) || error.code !== 'version_not_found') return error
  const message = 'The backup was deleted while it was read; start again to use its successor'
  return new BackupError('version_changed', message, { cause: error })
}

async function* restoreVersion(
  version: BackupVersionInfo,
  options: RestoreOptions,
): AsyncGenerator<RestoreEvent> {
  const { scope = EVERYTHING } = options
  const { algorithm } = requireMatch(version, options)
  const checkpoint = scope.kind === 'everything' ? { ...options, version } : null
  yield { type: 'version', version }
  const before = checkpoint === null ? NOTHING : await readCheckpoint(checkpoint)
  if (before === 'all') {
    yield { type: 'finished', report: unchanged(version) }
    return
  }
  const stopped = new AbortController()
  const run: Run = {
    stop: () => {
      stopped.abort()
    },
    context: { ...options, algorithm, version: version.version },
    checkpoint,
    before,
    finished: followRooms(before),
    progress: begin(checkpoint === null ? null : version.count),
    sinceCheckpoint: 0,
  }
  const { signal: given } = options
  const signal = given === undefined ? stopped.signal : AbortSignal.any([given, stopped.signal])
  yield* restoreReadings(readingsOf(scope, { ...run.context, signal }), run)
  yield { type: 'finished', report: await conclude(version, run) }
}

/**
 * Restores the current backup into a store. One restore at a time runs over a store.
 *
 * Leaving the loop, or aborting the signal, stops between two batches; running it again goes on. What
 * the store has as good already is not opened again, and nothing is read when nothing changed.
 *
 * @throws BackupError `no_backup`, `wrong_key`, `unsupported_algorithm` or `malformed_auth_data`
 * before anything is read; `version_changed` when the version is deleted meanwhile, `malformed_keys`,
 * `store`, and `busy` when another restore over the same store is under way
 * @throws ApiError when the server fails
 * @throws the signal's reason when it is aborted
 */
export async function* restore(options: RestoreOptions): AsyncGenerator<RestoreEvent> {
  options.signal?.throwIfAborted()
  const release = claim(options.store)
  try {
    yield* restoreVersion(await readCurrentVersion(options.api, callOptions(options)), options)
  } catch (error) {
    throw explained(error)
  } finally {
    release()
  }
}

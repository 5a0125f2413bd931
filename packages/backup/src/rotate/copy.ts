/** Carrying the keys of one old version over: streamed, in batches, from where it was interrupted. */
import type { BackupVersion, BackupVersionInfo } from '@roomkeys/types'
import { callOptions } from '../ports/call-options.ts'
import { BATCH_SIZE } from '../batches.ts'
import { BATCHES_AT_ONCE } from '../in-order.ts'
import type { BackupEntry } from '../entry.ts'
import { addressKey } from '../merge/address-key.ts'
import { ApiError } from '../ports/api-error.ts'
import { BackupError } from '../errors.ts'
import { backOff, readVersion } from './calls.ts'
import type { RotateEvent } from './events.ts'
import type { DoneSource, NotedRoom } from './intent.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { openEach, type Opening, type ReadEntry, type TriedEntry } from './open.ts'
import type { RotateOptions } from './options.ts'
import { NOTHING, type Tally } from './report.ts'
import type { Run } from './run.ts'
import type { Settling } from './settle.ts'
import type { ReadableSource } from './sources.ts'
import { batchSizeOf, MAX_BATCH_KEYS } from './upload.ts'

/**
 * Entries that are held at once: a full request but one, and what is read meanwhile; beside what is read
 * ahead by an `openEntries` of the caller's.
 */
export const MAX_IN_FLIGHT: number = MAX_BATCH_KEYS - 1 + BATCH_SIZE * (1 + BATCHES_AT_ONCE)
/** Times that a version is read when it comes differently each time. */
const MAX_PASSES = 4
/** Keys between two checkpoints. */
const CHECKPOINT_EVERY = 500

/** What copying one old version takes. */
export interface CopyContext {
  readonly run: Run
  readonly source: ReadableSource
  readonly settling: Settling
  /** Writes the rooms that are finished into the journal. */
  readonly checkpoint: (rooms: readonly NotedRoom[]) => Promise<void>
}

type Progress = Extract<RotateEvent, { readonly type: 'progress' }>

function progressOf({ source: { info } }: CopyContext, { entries, carried }: Tally): Progress {
  return { type: 'progress', source: info.version, done: entries, total: info.count, carried }
}

/** Reading broke off, which costs no more than reading again. */
interface Broken {
  readonly cause: unknown
}

/** A pass over a version. */
interface Pass {
  readonly ledger: Ledger
  readonly onBroken: (broken: Broken) => void
}

/** The entries whose rooms are not finished. */
async function* unfinished(
  { run: { options }, source: { info } }: CopyContext,
  { ledger, onBroken }: Pass,
): AsyncGenerator<BackupEntry> {
  try {
    for await (const entry of options.api.readKeys(info.version, callOptions(options)))
      if (ledger.came(entry) === 'work') yield entry
  } catch (cause) {
    onBroken({ cause })
    throw cause
  }
}

/** Opened keys that wait for a request; never two of one address. */
async function settleAll(
  waiting: readonly ReadEntry[],
  { settling }: CopyContext,
  ledger: Ledger,
): Promise<void> {
  if (waiting.length === 0) return
  for (const [{ entry }, result] of await settling.settle(waiting)) ledger.settle(entry, result)
}

/** Settles what cannot be opened, and gives the others. */
function opened(batch: readonly TriedEntry[], ledger: Ledger): readonly ReadEntry[] {
  return batch.flatMap(({ entry, reading }) => {
    if (typeof reading !== 'string') return [reading]
    ledger.settle(entry, reading)
    return []
  })
}

/** Collects opened keys into requests; never two of one address in one. */
function createWaiting(
  context: CopyContext,
  ledger: Ledger,
): {
  readonly add: (read: ReadEntry) => Promise<void>
  readonly flush: () => Promise<void>
} {
  const { checkpointEvery = CHECKPOINT_EVERY } = context.run.options
  const largest = batchSizeOf(context.run.options)
  let waiting = new Map<string, ReadEntry>()
  let sinceCheckpoint = 0
  async function flush(): Promise<void> {
    const batch = [...waiting.values()]
    waiting = new Map()
    await settleAll(batch, context, ledger)
    sinceCheckpoint += batch.length
    if (sinceCheckpoint < checkpointEvery) return
    sinceCheckpoint = 0
    await context.checkpoint(ledger.finished('within'))
  }
  return {
    flush,
    add: async (read) => {
      const address = addressKey(read.entry)
      if (waiting.has(address)) await flush()
      waiting.set(address, read)
      if (waiting.size >= largest) await flush()
    },
  }
}

/** One pass over the version, from the rooms on that are not finished. */
async function* pass(context: CopyContext, one: Pass): AsyncGenerator<Progress> {
  const { ledger } = one
  const { run, source } = context
  const opening: Opening = { algorithm: source.algorithm, keys: [source.key, ...run.keys] }
  const waiting = createWaiting(context, ledger)
  for await (const batch of openEach(run.options, unfinished(context, one), opening)) {
    run.options.signal?.throwIfAborted()
    for (const read of opened(batch, ledger)) await waiting.add(read)
    yield progressOf(context, ledger.total())
  }
  await waiting.flush()
  yield progressOf(context, ledger.total())
}

/** Contents and counts of an old version that is done. */
export function doneAs(
  { version, etag, count }: Pick<BackupVersionInfo, 'version' | 'etag' | 'count'>,
  state: DoneSource['state'],
  tally: Tally = NOTHING,
): DoneSource {
  const missing = state === 'copied' ? Math.max(0, count - tally.entries) : 0
  return { version, etag, count, state, missing, ...tally }
}

/** Whether an old version was deleted while it was read. */
export async function isGone(
  options: RotateOptions,
  error: unknown,
  version: BackupVersion,
): Promise<boolean> {
  if (!(error instanceof ApiError) || error.code !== 'version_not_found') return false
  return (await readVersion(options, version)) === null
}

type Ended = DoneSource | readonly NotedRoom[]

/** Runs a pass; gives the rooms that need not be read again when there has to be another one. */
async function* attemptPass(
  context: CopyContext,
  rooms: readonly NotedRoom[],
  onBroken: Pass['onBroken'],
): AsyncGenerator<Progress, Ended> {
  const { run, source } = context
  const ledger = createLedger(rooms)
  context.settling.begin(ledger.total().carried)
  const broken: Broken[] = []
  const one: Pass = {
    ledger,
    onBroken: (what) => {
      broken.push(what)
    },
  }
  try {
    yield* pass(context, one)
    return ledger.isSound() ? doneAs(source.info, 'copied', ledger.total()) : ledger.finished('end')
  } catch (error) {
    const [first] = broken
    if (first === undefined) throw error
    if (await isGone(run.options, error, source.info.version)) return doneAs(source.info, 'gone')
    onBroken(first)
    return ledger.finished('within')
  }
}

/**
 * Copies one old version.
 *
 * @param noted - rooms that an earlier run had finished
 */
export async function* copySource(
  context: CopyContext,
  noted: readonly NotedRoom[],
): AsyncGenerator<Progress, DoneSource> {
  let rooms = noted
  let attempt = 0
  for (let passes = 0; passes < MAX_PASSES;) {
    const broken: Broken[] = []
    const ended: Ended = yield* attemptPass(context, rooms, (what) => {
      broken.push(what)
    })
    if ('version' in ended) return ended
    if (ended.length > rooms.length) attempt = 0
    for (const { cause } of broken) await backOff(context.run.options, cause, attempt++)
    if (broken.length === 0) passes += 1
    rooms = ended
  }
  throw new BackupError('verification_failed', 'An old version is read differently each time')
}

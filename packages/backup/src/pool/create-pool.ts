/** A pool of workers that open and seal batches. */
import type { BackupEntry, EntryOutcome } from '../entry.ts'
import { openBatch, openingOf } from '../open-batch.ts'
import { openEntries, type OpenEntriesOptions } from '../open-entries.ts'
import { sealBatch } from '../seal-batch.ts'
import { sealEntries, type SealEntriesOptions } from '../seal-entries.ts'
import type { SealOutcome, SessionToSeal } from '../seal-entry.ts'
import { isKnown } from './algorithms.ts'
import { closeMember, type Member, memberOf } from './member.ts'
import { type Members, runInPool } from './run.ts'
import type { PoolWorker } from './worker.ts'

/** What a pool is made of. */
export interface PoolParts {
  /** How many workers. */
  readonly size: number
  readonly createWorker: () => PoolWorker
}

/** Opens and seals like `openEntries` and `sealEntries`, in workers. */
export interface EntryPool extends AsyncDisposable {
  /**
   * As `openEntries`, and with the same outcomes. A caller's own provider or algorithm stays in the
   * calling thread, because functions cannot be posted.
   *
   * @throws WorkerLostError, beside what `openEntries` throws
   */
  readonly openEntries: typeof openEntries
  /**
   * As `sealEntries`; the same holds.
   *
   * @throws WorkerLostError, beside what `sealEntries` throws
   */
  readonly sealEntries: typeof sealEntries
  /** Ends the workers; what is under way rejects with WorkerLostError. */
  readonly close: () => Promise<void>
}

/**
 * Elements that a pool does in the calling thread before it starts workers. Loading and compiling in a
 * worker, until its first batch is done, took 108 ms of processor time, in which the calling thread does
 * about 2,000 elements: so that whatever comes costs at most twice what it would if it were known.
 */
const ELEMENTS_BEFORE_START = 2_048

/** Members that start when they are needed. */
interface Crew extends Members {
  readonly close: () => Promise<void>
}

function crewOf({ size, createWorker }: PoolParts): Crew {
  let members: readonly Member[] = []
  let runs = 0
  let isClosed = false
  let doneHere = 0
  function started(): readonly Member[] {
    if (isClosed) throw new TypeError('The pool is closed')
    const alive = members.filter(({ lost }) => lost === null)
    const added = Array.from({ length: size - alive.length }, () => memberOf(createWorker()))
    return (members = [...alive, ...added])
  }
  return {
    size,
    isWorthwhile: () => members.length > 0 || doneHere >= ELEMENTS_BEFORE_START,
    doneHere: (elements) => {
      doneHere += elements
    },
    next: () => started().reduce((a, b) => (b.waiting.size < a.waiting.size ? b : a)),
    newRun: () => {
      if (isClosed) throw new TypeError('The pool is closed')
      return runs++
    },
    close: async () => {
      isClosed = true
      await Promise.all(members.map(closeMember))
    },
  }
}

async function* openIn(
  crew: Crew,
  entries: Iterable<BackupEntry> | AsyncIterable<BackupEntry>,
  options: OpenEntriesOptions,
): AsyncGenerator<EntryOutcome> {
  const { algorithm, key, macPolicy = 'libolm', signal, sharedSecrets } = options
  if (sharedSecrets !== undefined || !isKnown(algorithm)) {
    yield* openEntries(entries, options)
    return
  }
  signal?.throwIfAborted()
  const opening = openingOf(options)
  try {
    yield* runInPool<BackupEntry, EntryOutcome>(crew, {
      elements: entries,
      signal,
      setup: () => ({
        kind: 'open',
        algorithm: algorithm.name,
        macPolicy,
        privateKey: Uint8Array.from(key.privateKey.expose()),
        publicKey: key.publicKey,
      }),
      inline: (batch) => openBatch(batch, opening),
      outcomeOf: (result) => (result.status === 'opened' ? result : null),
    })
  } finally {
    opening.macKey?.destroy()
  }
  // A source may end because of the same signal: that is no end of the entries.
  signal?.throwIfAborted()
}

async function* sealIn(
  crew: Crew,
  sessions: Iterable<SessionToSeal> | AsyncIterable<SessionToSeal>,
  options: SealEntriesOptions,
): AsyncGenerator<SealOutcome> {
  const { algorithm, key, signal, agree, random } = options
  if (agree !== undefined || random !== undefined || !isKnown(algorithm)) {
    yield* sealEntries(sessions, options)
    return
  }
  signal?.throwIfAborted()
  yield* runInPool<SessionToSeal, SealOutcome>(crew, {
    elements: sessions,
    signal,
    setup: () => ({
      kind: 'seal',
      algorithm: algorithm.name,
      publicKey: Uint8Array.from(key.publicKey),
      macKey: key.macKey === null ? null : Uint8Array.from(key.macKey.expose()),
    }),
    inline: (batch) => sealBatch(batch, options),
    outcomeOf: (result) => (result.status === 'sealed' ? result : null),
  })
  // A source may end because of the same signal: that is no end of the sessions.
  signal?.throwIfAborted()
}

/** Makes a pool; it starts no worker before there is enough to do. */
export function createPool(parts: PoolParts): EntryPool {
  if (!Number.isSafeInteger(parts.size) || parts.size < 1)
    throw new TypeError('size must be an integer from 1')
  const crew = crewOf(parts)
  return {
    openEntries: (entries, options) => openIn(crew, entries, options),
    sealEntries: (sessions, options) => sealIn(crew, sessions, options),
    close: crew.close,
    [Symbol.asyncDispose]: crew.close,
  }
}

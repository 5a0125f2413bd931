/**
 * Bringing a store and a backup to the same keys, and the keys of any source into a backup.
 *
 * Nothing is made worse: into the store goes what its merge lets in, into the backup what is missing
 * there or begins later. It may stop anywhere; running it again does what is left, and nothing twice.
 */
import { addressKey } from '../merge/address-key.ts'
import { isSettled, markUploaded } from '../merge/upload-marks.ts'
import type { RoomKeyStore, StoredSession } from '../ports/room-key-store.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'
import { createKeyIndex, type KeyIndex } from './key-index.ts'
import { explained, type LiveBackup, openBackup, type OpenBackup } from './live-backup.ts'
import { pushSource } from './push-source.ts'
import { readBackup } from './read-backup.ts'
import type { KeySource } from './source.ts'
import { storedItem, storeSource } from './store-source.ts'
import { createSyncTally, type PushOutcome, type SyncEvent, type SyncTally } from './sync-events.ts'

/** `pull`: from the backup into the store. `push`: from the store into the backup. */
export type SyncDirection = 'push' | 'pull' | 'both'

/** What is brought to the same keys. */
export interface SyncOptions {
  readonly store: RoomKeyStore
  readonly backup: LiveBackup
  /** `both` when absent. */
  readonly direction?: SyncDirection
  readonly signal?: AbortSignal
}

/** Options of a push. */
export interface PushOptions {
  readonly signal?: AbortSignal
}

interface Run {
  readonly backup: OpenBackup
  /** Where the backup's keys go; `null`: nowhere. */
  readonly store: RoomKeyStore | null
  /** Where the keys come from that the backup may lack; `null`: nowhere. */
  readonly source: KeySource | null
  readonly index: KeyIndex | null
  readonly tally: SyncTally
  readonly signal: AbortSignal | undefined
  /** Runs when keys of the source are done. */
  readonly note: (outcomes: readonly PushOutcome[]) => Promise<void>
}

async function* read(run: Run): AsyncGenerator<SyncEvent> {
  for await (const step of readBackup(run.backup, run)) {
    for (const outcome of step.outcomes) yield run.tally.pulled(outcome)
    yield { type: 'reading', read: step.read }
  }
  // The server's stream may end because of the same signal: that is no end of its keys.
  run.signal?.throwIfAborted()
}

async function* write(run: Run): AsyncGenerator<SyncEvent> {
  const { source, index } = run
  if (source === null || index === null) return
  for await (const outcomes of pushSource(source, { ...run, index })) {
    await run.note(outcomes)
    for (const outcome of outcomes) yield run.tally.pushed(outcome)
  }
}

async function* perform(
  live: LiveBackup,
  {
    signal,
    ...ends
  }: Omit<Run, 'backup' | 'tally' | 'index' | 'note'> & {
    readonly noteOf?: (backup: OpenBackup) => Run['note']
  },
): AsyncGenerator<SyncEvent> {
  signal?.throwIfAborted()
  const index = ends.source === null ? null : createKeyIndex()
  const tally = createSyncTally()
  try {
    const backup = await openBackup(live, signal)
    yield { type: 'version', version: backup.version }
    const note = ends.noteOf?.(backup) ?? (() => Promise.resolve())
    const run: Run = { backup, ...ends, index, tally, signal, note }
    yield* read(run)
    yield* write(run)
    yield { type: 'finished', report: tally.report() }
  } catch (error) {
    throw explained(error)
  } finally {
    index?.destroy()
  }
}

/** A store as a source that remembers which revision of a session it gave. */
function tracked(store: RoomKeyStore): KeySource & { readonly given: Map<string, StoredSession> } {
  const given = new Map<string, StoredSession>()
  return {
    ...storeSource(store),
    given,
    sessions: async function* ({ signal } = {}) {
      for await (const session of store.sessions()) {
        signal?.throwIfAborted()
        given.set(addressKey(session), session)
        yield storedItem(session)
      }
    },
  }
}

const IS_HELD: readonly PushOutcome['outcome'][] = ['uploaded', 'equal']

/** Marks what the version is known to have; where copies conflict, it has one of them at most. */
function marking(
  store: RoomKeyStore,
  given: Map<string, StoredSession>,
): (backup: OpenBackup) => Run['note'] {
  const take = (address: SessionAddress): StoredSession | undefined => {
    const session = given.get(addressKey(address))
    given.delete(addressKey(address))
    return session
  }
  return ({ version }) =>
    async (outcomes) => {
      const sent = outcomes.flatMap((outcome) => {
        const session = take(outcome)
        const isHeld = session?.copies.length === 1 && IS_HELD.includes(outcome.outcome)
        return isHeld && !isSettled(session, version.version) ? [session] : []
      })
      if (sent.length > 0) await markUploaded(store, sent, version.version)
    }
}

/**
 * Brings a store and the account's current backup to the same keys: first what the backup has into the
 * store, then what the store has into the backup, or one of both. One download serves both ways.
 *
 * Sessions of which several copies conflict go into the backup with the best one, if it has none. What
 * a version is known to have is marked in the store.
 *
 * @throws BackupError `no_backup`, `wrong_key`, `unsupported_algorithm` or `malformed_auth_data` before
 * anything is read; `version_changed`, `malformed_keys`, `too_large` and `store`
 * @throws ApiError when the server fails; what is done is done, and the rest is done by the next run
 * @throws the signal's reason when it is aborted
 */
export async function* sync(options: SyncOptions): AsyncGenerator<SyncEvent> {
  const { store, backup, direction = 'both', signal } = options
  const source = direction === 'pull' ? null : tracked(store)
  yield* perform(backup, {
    store: direction === 'push' ? null : store,
    source,
    signal,
    ...(source && { noteOf: marking(store, source.given) }),
  })
}

/**
 * Brings into the account's current backup what it lacks of a source, or has worse: the keys of an
 * export file, say.
 *
 * @throws as {@link sync}, and what the source throws
 */
export async function* push(
  source: KeySource,
  backup: LiveBackup,
  { signal }: PushOptions = {},
): AsyncGenerator<SyncEvent> {
  yield* perform(backup, { store: null, source, signal })
}

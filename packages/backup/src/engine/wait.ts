/** Waiting until nothing is left to back up. */
import type { BackupVersion } from '@roomkeys/types'
import { isSettled } from '../merge/upload-marks.ts'
import type { RoomKeyStore } from '../ports/room-key-store.ts'
import type { ApiCallOptions, SessionAddress } from '../ports/room-keys-api.ts'
import type { Command } from './events.ts'
import type { Notice } from './notices.ts'
import type { EnginePorts } from './ports.ts'
import type { Refusals } from './refusals.ts'
import type { State, StateKind } from './state.ts'
import type { RefusalReason } from './upload.ts'

/** Refused keys that a report names. */
export const MAX_REPORTED = 1_000

/** How long to wait. */
export interface WaitOptions extends ApiCallOptions {
  /** Without it, as long as it takes. */
  readonly timeoutMs?: number
}

/** A key that is not in the backup, and will not be. */
export interface RefusedKey extends SessionAddress {
  /** `null`: it was refused before this engine began. */
  readonly reason: RefusalReason | null
}

/** What was waited for. */
export type WaitReport =
  /** Nothing waits; the keys that are named are not in the backup. */
  | {
      readonly outcome: 'backed_up'
      readonly version: BackupVersion
      readonly refused: readonly RefusedKey[]
    }
  | {
      readonly outcome: 'not_backed_up'
      /** The state that does not go on by itself, or that time ran out. */
      readonly because: StateKind | 'timeout'
      /** Keys that wait, or `null` when there is no version in use. */
      readonly pending: number | null
    }

/** What waiting needs of an engine. */
export interface Waiting {
  readonly state: () => State
  readonly send: (command: Command) => void
  readonly subscribe: (listener: (notice: Notice) => void) => () => void
  readonly ports: Pick<EnginePorts, 'store' | 'clock'>
  readonly refusals: Refusals
}

/** Whether a state ends the waiting. */
function isOver(state: State): boolean {
  switch (state.kind) {
    case 'enabled':
      return state.upload.kind === 'idle'
    case 'creating':
    case 'enabling':
    case 'resuming':
    case 'rechecking':
    case 'disabling':
    case 'downloading':
      return false
    case 'disabled':
    case 'wrong_version':
    case 'untrusted':
    case 'paused':
    case 'crashed':
      return true
  }
}

function versionOf(state: State): BackupVersion | null {
  switch (state.kind) {
    case 'enabled':
    case 'downloading':
      return state.backup.info.version
    case 'rechecking':
      return state.known
    case 'creating':
    case 'enabling':
    case 'resuming':
    case 'disabling':
    case 'disabled':
    case 'wrong_version':
    case 'untrusted':
    case 'paused':
    case 'crashed':
      return null
  }
}

async function refusedKeys(
  store: RoomKeyStore,
  version: BackupVersion,
  refusals: Refusals,
): Promise<readonly RefusedKey[]> {
  const refused: RefusedKey[] = []
  for await (const session of store.sessions()) {
    if (session.upload?.state !== 'refused' || !isSettled(session, version)) continue
    const { roomId, sessionId } = session
    refused.push({ roomId, sessionId, reason: refusals.reasonOf(session) })
    if (refused.length >= MAX_REPORTED) break
  }
  return refused
}

async function report({ state, ports, refusals }: Waiting): Promise<WaitReport> {
  const now = state()
  const version = versionOf(now)
  if (version === null) return { outcome: 'not_backed_up', because: now.kind, pending: null }
  if (isOver(now))
    return {
      outcome: 'backed_up',
      version,
      refused: await refusedKeys(ports.store, version, refusals),
    }
  const { pending } = await ports.store.counts(version)
  return { outcome: 'not_backed_up', because: 'timeout', pending }
}

/** Resolves when the engine does not go on by itself. */
function over({ state, subscribe, send }: Waiting, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const unsubscribe = subscribe(look)
    signal.addEventListener('abort', aborted)
    function done(): void {
      unsubscribe()
      signal.removeEventListener('abort', aborted)
    }
    function aborted(): void {
      done()
      reject(signal.reason as Error)
    }
    function look(): void {
      const now = state()
      if (now.kind === 'enabled' && now.upload.kind === 'jittering') send({ type: 'hurry' })
      if (!isOver(now)) return
      done()
      resolve()
    }
    // What is idle looks again: keys may have come that nobody told of.
    send({ type: 'hurry' })
    look()
  })
}

/**
 * Waits until nothing is left to upload, or the engine needs the app, or time runs out.
 *
 * @throws the signal's reason when it is aborted
 */
export async function waitUntilBackedUp(
  waiting: Waiting,
  { signal, timeoutMs }: WaitOptions,
): Promise<WaitReport> {
  signal?.throwIfAborted()
  const ended = new AbortController()
  const either = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal])
  const timer = timeoutMs === undefined ? [] : [waiting.ports.clock.sleep(timeoutMs, ended.signal)]
  // What loses the race is ended, and its rejection is no error.
  const racers = [over(waiting, either), ...timer]
  try {
    await Promise.race(racers)
  } finally {
    ended.abort()
    await Promise.allSettled(racers)
  }
  return report(waiting)
}

/**
 * Sessions on demand: each is fetched when a message cannot be decrypted, once however many ask, and
 * not again at once when it is not there.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3room_keyskeysroomidsessionid
 */
import type { BackupVersion } from '@roomkeys/types'
import type { Clock, Jitter } from '../ports/clock.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'
import { createDriver, type Driver } from './driver.ts'
import type { FetchOutcome } from './outcome.ts'
import type { FetchPorts } from './perform.ts'
import type { BackupSource } from './source.ts'
import { DEFAULT_CONCURRENCY, initialState } from './state.ts'

/** What a key fetcher works with. */
export interface KeyFetcherOptions extends FetchPorts {
  readonly clock: Clock
  readonly jitter: Jitter
  /** The version and its key; none by default. `use` replaces it. */
  readonly source?: BackupSource | null
  /** Requests at one time, {@link DEFAULT_CONCURRENCY} when absent. */
  readonly concurrency?: number
  /**
   * Is told, once, that the version in use is not on the server any more; until another source is
   * given, there is none. What it throws is thrown again outside, and harms nobody.
   */
  readonly onVersionGone?: (version: BackupVersion) => void
}

/** Which message is to be decrypted, and how long to wait. */
export interface FetchOptions {
  /** Its index in the session; without it any copy of the session will do. */
  readonly messageIndex?: number
  /** Who aborts leaves; the request goes on for others who ask for the same. */
  readonly signal?: AbortSignal
}

/** Fetches sessions. */
export interface KeyFetcher {
  /**
   * Has a session in the store, if the backup has it.
   *
   * Rejects with the signal's reason when it is aborted, with BackupError `store` when the store
   * fails, and with TypeError for a message index that is none.
   */
  readonly fetch: (address: SessionAddress, options?: FetchOptions) => Promise<FetchOutcome>
  /** As `fetch`, and whatever was asked in vain before: because the user wants it, say. */
  readonly retry: (address: SessionAddress, options?: FetchOptions) => Promise<FetchOutcome>
  /** Tells that the store got a key of this session: who waits is answered by it if it is enough. */
  readonly keyArrived: (address: SessionAddress) => void
  /**
   * Fetches from this source from now on. Another version or key forgets what was asked in vain, and
   * who waits is served by it; `null` ends everything.
   */
  readonly use: (source: BackupSource | null) => void
}

function tellingSafely(
  listener: KeyFetcherOptions['onVersionGone'],
): (version: BackupVersion) => void {
  return (version) => {
    try {
      listener?.(version)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}

function wantedOf({ messageIndex }: FetchOptions): number | null {
  if (messageIndex === undefined) return null
  if (Number.isSafeInteger(messageIndex) && messageIndex >= 0) return messageIndex
  throw new TypeError('messageIndex must be an integer from 0')
}

function copyOf({ roomId, sessionId }: SessionAddress): SessionAddress {
  return { roomId, sessionId }
}

interface Question {
  readonly address: SessionAddress
  readonly callerId: number
  readonly wanted: number | null
}

/** Asks, and leaves when the signal is aborted. */
function ask(
  { send, admit }: Driver,
  { address, callerId, wanted }: Question,
  signal: AbortSignal | undefined,
): Promise<FetchOutcome> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    signal?.addEventListener('abort', leave)
    admit(callerId, {
      resolve: (outcome) => {
        signal?.removeEventListener('abort', leave)
        resolve(outcome)
      },
      reject: (error) => {
        signal?.removeEventListener('abort', leave)
        reject(error)
      },
    })
    send({ type: 'asked', address, caller: { id: callerId, wanted } })
    function leave(): void {
      signal?.removeEventListener('abort', leave)
      reject(signal?.reason as Error)
      send({ type: 'left', address, callerId })
    }
  })
}

/** Makes a key fetcher. Without questions it does nothing, and holds no timer. */
export function createKeyFetcher(options: KeyFetcherOptions): KeyFetcher {
  const { concurrency = DEFAULT_CONCURRENCY, onVersionGone, source = null } = options
  if (!Number.isSafeInteger(concurrency) || concurrency < 1)
    throw new TypeError('concurrency must be an integer from 1')
  const driver = createDriver(
    { ...options, onVersionGone: tellingSafely(onVersionGone) },
    { ...initialState({ concurrency }), source },
  )
  let lastCaller = 0
  const fetch: KeyFetcher['fetch'] = async (address, asked = {}) => {
    const wanted = wantedOf(asked)
    lastCaller += 1
    return ask(driver, { address: copyOf(address), callerId: lastCaller, wanted }, asked.signal)
  }
  return Object.freeze({
    fetch,
    retry: async (address: SessionAddress, asked: FetchOptions = {}) => {
      wantedOf(asked)
      asked.signal?.throwIfAborted()
      driver.send({ type: 'retried', address: copyOf(address) })
      return fetch(address, asked)
    },
    keyArrived: (address: SessionAddress) => {
      driver.send({ type: 'arrived', address: copyOf(address) })
    },
    use: (next: BackupSource | null) => {
      driver.send({ type: 'source_given', source: next })
    },
  })
}

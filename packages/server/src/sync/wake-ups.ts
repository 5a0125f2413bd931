/**
 * Who waits in `/sync`, and what wakes them.
 *
 * The database is the only truth: a wake-up says no more than that it may be worth looking. It comes at
 * once for a change of this process, through `LISTEN` for those of others where the store has it, and
 * in any case from asking for the positions of all waiting users every so often.
 */
import { type SqlStore, textColumn } from '../store.ts'

const CHANNEL = 'roomkeys_stream'

/** With `LISTEN`, asking only finds what got lost with a connection. */
const POLLS_SAVED_BY_LISTENING = 10

/** What wake-ups are made of. */
export interface WakeUpOptions {
  readonly store: SqlStore
  readonly pollMs: number
  readonly onError: (error: unknown) => void
}

/** How long somebody waits. */
export interface WaitOptions {
  readonly timeoutMs: number
  /** Ends the wait, as when the client is gone. */
  readonly signal: AbortSignal
}

/** Somebody who looks at a user's stream and waits for more of it. */
export interface Watch extends Disposable {
  /**
   * Waits until there may be more than the given position, or time is up. A change since the last
   * wait, or since the watch began, ends it at once.
   *
   * @returns `over` when nobody may wait any more
   */
  readonly next: (position: number, options: WaitOptions) => Promise<'look' | 'over'>
}

/** The wake-ups of one process. */
export interface WakeUps {
  readonly watch: (userId: string) => Watch
  /** How many watch the stream of a user. */
  readonly watching: (userId: string) => number
  /** Tells this process and the others of a change that is committed. */
  readonly announce: (userId: string) => Promise<void>
  /** Ends every wait, and lets nobody wait again: the server is about to stop. */
  readonly endWaits: () => void
}

interface Waiter {
  /** The position that is known already; endless until somebody waits. */
  position: number
  changed: boolean
  wake: () => void
}

type Waiters = Map<string, Set<Waiter>>

const asleep = (): void => undefined

function wakeAll(waiters: Waiters, userId: string): void {
  for (const waiter of waiters.get(userId) ?? []) {
    waiter.changed = true
    waiter.wake()
  }
}

function wakeEverybody(waiters: Waiters): void {
  for (const userId of waiters.keys()) wakeAll(waiters, userId)
}

async function wakeOutdated(waiters: Waiters, store: SqlStore): Promise<void> {
  const { rows } = await store.query(
    `SELECT user_id, stream_position::text AS position FROM users WHERE user_id = ANY($1::text[])`,
    [[...waiters.keys()]],
  )
  const positions = new Map(
    rows.map((row) => [textColumn(row, 'user_id'), Number(textColumn(row, 'position'))]),
  )
  for (const [userId, ofUser] of waiters) {
    // Whoever is gone is told so when they look.
    const position = positions.get(userId) ?? Number.POSITIVE_INFINITY
    if ([...ofUser].some((waiter) => waiter.position < position)) wakeAll(waiters, userId)
  }
}

/** Waits until woken, aborted or late, and leaves no listener and no timer behind. */
function sleep(waiter: Waiter, { timeoutMs, signal }: WaitOptions): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      waiter.wake = asleep
      resolve()
    }
    const timer = setTimeout(done, timeoutMs)
    signal.addEventListener('abort', done, { once: true })
    waiter.wake = done
    if (waiter.changed || signal.aborted) done()
  })
}

/** Asks again and again until told to stop, one question after the other. */
function poll(ask: () => Promise<void>, pauseMs: () => number): () => void {
  let stopped = false
  let timer: ReturnType<typeof setTimeout>
  const pause = (): void => {
    timer = setTimeout(() => {
      void ask().finally(() => {
        if (!stopped) pause()
      })
    }, pauseMs())
  }
  pause()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}

/** Has the store call back, and keeps calling back for as long as the store is open. */
async function listenOnce(
  { store }: WakeUpOptions,
  heard: (userId: string | null) => void,
): Promise<boolean> {
  if (store.listen === undefined) return false
  await store.listen(CHANNEL, heard)
  return true
}

/** Finds out what other processes wrote. */
interface Observer {
  readonly start: () => void
  readonly stop: () => void
}

/** Listens from the first start on, and asks between start and stop. */
function observe(options: WakeUpOptions, waiters: Waiters): Observer {
  const { store, pollMs, onError } = options
  let listening: Promise<void> | null = null
  let hears = false
  let stopPolling = asleep
  const heard = (userId: string | null): void => {
    if (userId === null) wakeEverybody(waiters)
    else wakeAll(waiters, userId)
  }
  return {
    start: () => {
      listening ??= listenOnce(options, heard).then((yes) => {
        hears = yes
      }, onError)
      stopPolling = poll(
        () => wakeOutdated(waiters, store).catch(onError),
        () => (hears ? pollMs * POLLS_SAVED_BY_LISTENING : pollMs),
      )
    },
    stop: () => {
      stopPolling()
    },
  }
}

function enter(waiters: Waiters, userId: string): Waiter {
  const waiter: Waiter = { position: Number.POSITIVE_INFINITY, changed: false, wake: asleep }
  waiters.set(userId, (waiters.get(userId) ?? new Set()).add(waiter))
  return waiter
}

function leave(waiters: Waiters, userId: string, waiter: Waiter): void {
  const ofUser = waiters.get(userId)
  ofUser?.delete(waiter)
  if (ofUser?.size === 0) waiters.delete(userId)
}

function nextOf(waiter: Waiter, isOver: () => boolean): Watch['next'] {
  return async (position, options) => {
    if (isOver()) return 'over'
    waiter.position = position
    await sleep(waiter, options)
    waiter.changed = false
    return isOver() ? 'over' : 'look'
  }
}

/** Creates the wake-ups of a server. */
export function createWakeUps(options: WakeUpOptions): WakeUps {
  const { store, onError } = options
  const waiters: Waiters = new Map()
  const others = observe(options, waiters)
  let over = false
  return {
    watch: (userId) => {
      if (waiters.size === 0) others.start()
      const waiter = enter(waiters, userId)
      const dispose = (): void => {
        leave(waiters, userId, waiter)
        if (waiters.size === 0) others.stop()
      }
      return { next: nextOf(waiter, () => over), [Symbol.dispose]: dispose }
    },
    watching: (userId) => waiters.get(userId)?.size ?? 0,
    announce: async (userId) => {
      wakeAll(waiters, userId)
      if (store.listen === undefined) return
      await store.query('SELECT pg_notify($1, $2)', [CHANNEL, userId]).catch(onError)
    },
    endWaits: () => {
      over = true
      wakeEverybody(waiters)
    },
  }
}

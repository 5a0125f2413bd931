/**
 * `LISTEN` on a connection of its own, which a pool could not promise to keep.
 *
 * A connection that breaks is opened again. Whatever was told meanwhile is lost, so whoever listens is told
 * `null` at every attempt, and looks for themselves: until it succeeds, that is polling.
 *
 * @see https://www.postgresql.org/docs/current/sql-listen.html
 */
import type { Client } from 'pg'

/** How to open connections, and how long to wait between two attempts, in milliseconds. */
export interface ListenerOptions {
  readonly newClient: () => Client
  readonly retryMs: number
}

/** What to listen to, and whom to tell. */
export interface Subscription {
  readonly channel: string
  /** Told the payload; `null` when some may have been lost. */
  readonly heard: (payload: string | null) => void
}

/** A listener that runs. */
export interface Listener {
  /** Resolves after the first attempt, whatever came of it. */
  readonly tried: Promise<void>
  readonly stop: () => Promise<void>
}

const nothing = (): void => undefined

async function listenWith(client: Client, { channel, heard }: Subscription): Promise<void> {
  client.on('notification', ({ payload = '' }) => {
    heard(payload)
  })
  await client.connect()
  await client.query(`LISTEN ${client.escapeIdentifier(channel)}`)
}

/** Listens until stopped. */
export function startListener(
  { newClient, retryMs }: ListenerOptions,
  subscription: Subscription,
): Listener {
  let stopped = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let client: Client | null = null
  const retry = (broken: Client): void => {
    if (stopped || client !== broken) return
    client = null
    void broken.end().catch(nothing)
    timer = setTimeout(() => void attempt(), retryMs)
  }
  const attempt = async (): Promise<void> => {
    const fresh = newClient()
    client = fresh
    const again = (): void => {
      retry(fresh)
    }
    fresh.on('error', again).on('end', again)
    await listenWith(fresh, subscription).catch(again)
    if (!stopped) subscription.heard(null)
  }
  return {
    tried: attempt(),
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await client?.end().catch(nothing)
    },
  }
}

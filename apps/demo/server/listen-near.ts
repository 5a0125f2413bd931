/** Listening on a port, or on one of the next. */
import { type KeyBackupServer, ServerError } from '@roomkeys/server'
import { listen, type ListeningServer } from '@roomkeys/server/node'

/** Ports that are tried, the wanted one included. */
const ATTEMPTS = 10

const LAST_PORT = 65_535

/** Where to listen. */
export interface Wanted {
  readonly port: number
  readonly host: string
  /** Told of each port that is in use. */
  readonly log: (line: string) => void
}

/**
 * Listens on the wanted port, or on the next one that is free.
 *
 * @throws ServerError `port_in_use` when all of them are taken; `listen_failed`
 */
export async function listenNear(
  server: KeyBackupServer,
  wanted: Wanted,
): Promise<ListeningServer> {
  const { port, host, log } = wanted
  const last = Math.min(port + ATTEMPTS - 1, LAST_PORT)
  for (let candidate = port; ; candidate++) {
    try {
      return await listen(server, { port: candidate, host })
    } catch (error) {
      const isTaken = error instanceof ServerError && error.code === 'port_in_use'
      if (!isTaken || candidate >= last) throw error
      log(`Port ${candidate} is in use; trying ${candidate + 1}.`)
    }
  }
}

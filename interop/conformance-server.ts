/** The bundled server over HTTP, whole or with something between it and its clients. */
import { createServer, migrate, type ServerOptions } from '@roomkeys/server'
import { listen } from '@roomkeys/server/node'
import { openPgliteStore } from '@roomkeys/server/pglite'

/** Answers a request. */
export type Fetch = (request: Request) => Promise<Response>

/** What stands between the server and its clients. */
export type Fault = (server: Fetch) => Fetch

/** Something that listens. */
export interface Listening {
  readonly url: string
  readonly close: () => Promise<void>
}

export interface ServerUnderTest extends Listening {
  /** The failures that the server told of. */
  readonly errors: readonly unknown[]
  /** Serves the same database with a fault, at another address. */
  readonly serve: (fault: Fault) => Promise<Listening>
}

/** Where the server keeps its data and listens, and how often it may be asked. */
export interface Circumstances extends Pick<ServerOptions, 'rateLimits'> {
  /** In memory, unless given. */
  readonly folder?: string
  /** The system chooses, unless given. */
  readonly port?: number
}

/** Opens a server that lets anybody register and, unless told otherwise, is never tired of anybody. */
export async function openServer(circumstances: Circumstances = {}): Promise<ServerUnderTest> {
  const { folder, port = 0, rateLimits = 'off' } = circumstances
  const store = await openPgliteStore(folder === undefined ? {} : { folder })
  await migrate(store)
  const errors: unknown[] = []
  const server = createServer({
    store,
    serverName: 'localhost',
    registration: 'open',
    rateLimits,
    onError: (error) => errors.push(error),
  })
  const http = await listen(server, { port })
  return {
    url: http.url,
    errors,
    serve: (fault) => listen({ fetch: fault((request) => server.fetch(request)) }),
    close: async () => {
      await http.close()
      await server.stop()
      await store.close()
    },
  }
}

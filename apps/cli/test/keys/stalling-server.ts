/** A homeserver of the account that stops in the middle of its keys, as often as it is told to. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { USER_ID } from './world.ts'

/** What the server has. */
export interface StallingOptions {
  /** Body of `GET /room_keys/keys`. */
  readonly body: string
  /** Body of `GET /room_keys/version`. */
  readonly version: object
  /** Characters of the body that are sent before it stops. */
  readonly stopAfter: number
  /** How many downloads stop; the ones after them are whole. */
  readonly stops: number
}

/** A server that runs. */
export interface StallingServer {
  readonly url: string
  /** Resolves once a download stands still. */
  readonly stalled: () => Promise<void>
  /** What the version says from now on. */
  readonly replaceVersion: (version: object) => void
  readonly close: () => Promise<void>
}

/** Starts the server. */
export async function startStalling(options: StallingOptions): Promise<StallingServer> {
  let { stops, version } = options
  let tell = (): void => undefined
  const stalled = new Promise<void>((resolve) => {
    tell = resolve
  })
  const sendKeys = (answer: ServerResponse): void => {
    if (stops <= 0) {
      answer.end(options.body)
      return
    }
    stops -= 1
    answer.write(options.body.slice(0, options.stopAfter), tell)
  }
  const server = createServer(({ url = '' }, answer) => {
    answer.setHeader('content-type', 'application/json')
    if (url.includes('/whoami')) answer.end(JSON.stringify({ user_id: USER_ID, device_id: 'D' }))
    else if (url.includes('/room_keys/version')) answer.end(JSON.stringify(version))
    else sendKeys(answer)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  // A server that listens on a port has such an address.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stalled: () => stalled,
    replaceVersion: (next) => {
      version = next
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A homeserver behind a proxy that holds an answer back, so that something can happen meanwhile. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** Which answer is held back. */
export interface Hold {
  readonly method: string
  /** Part of the path. */
  readonly path: string
  /** How much of the body is sent before: 0, or 0.5 for half of it. */
  readonly share: number
}

/** A proxy that runs. */
export interface HoldingProxy {
  readonly url: string
  /** Holds the next such answer back for good; resolves once the server has given it. */
  readonly hold: (hold: Hold) => Promise<void>
  readonly close: () => Promise<void>
}

interface Armed extends Hold {
  readonly held: () => void
}

/** Passes a request on, and reads the whole answer. */
async function ask(
  target: URL,
  asked: IncomingMessage,
): Promise<IncomingMessage & { body: Buffer }> {
  const { method = 'GET', url = '/', headers } = asked
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const passedOn = request(new URL(url, target), {
      method,
      headers: { ...headers, host: target.host, 'accept-encoding': 'identity' },
    })
    passedOn.once('response', resolve).once('error', reject)
    asked.pipe(passedOn)
  })
  return Object.assign(answer, { body: await buffer(answer) })
}

/** Starts a proxy before a homeserver. */
export async function startHoldingProxy(baseUrl: string): Promise<HoldingProxy> {
  const target = new URL(baseUrl)
  let armed: Armed | null = null
  const pass = async (asked: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const { statusCode = 502, headers, body } = await ask(target, asked)
    delete headers['transfer-encoding']
    const isHeld =
      armed !== null && asked.method === armed.method && (asked.url ?? '').includes(armed.path)
    if (armed === null || !isHeld) {
      answer.writeHead(statusCode, headers).end(body)
      return
    }
    const { share, held } = armed
    armed = null
    if (share === 0) held()
    else answer.writeHead(statusCode, headers).write(body.subarray(0, body.length * share), held)
  }
  const server = createServer((asked, answer) => {
    pass(asked, answer).catch(() => answer.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A server that listens on a port has such an address.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    hold: (hold) =>
      new Promise((resolve) => {
        armed = { ...hold, held: resolve }
      }),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

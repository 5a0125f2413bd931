/** A real HTTP server on the loopback interface, that answers from a script and remembers requests. */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished, vi } from 'vitest'

/** A request as it came over the wire; `url` is not decoded. */
export interface SeenRequest {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Answers a request; `count` is its number, from 1. */
export type Script = (response: ServerResponse, request: SeenRequest, count: number) => void

export interface TestServer {
  readonly url: string
  readonly requests: readonly SeenRequest[]
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Starts a server for the running test; it is gone when the test is. */
export async function serve(script: Script): Promise<TestServer> {
  const requests: SeenRequest[] = []
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { method, url, headers } = request
      const seen = { method, url, headers, body }
      requests.push(seen)
      script(response, seen, requests.length)
    })
  })
  const url = await listen(server)
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url, requests }
}

/** Ends an answer with a JSON body. */
export function json(
  response: ServerResponse,
  body: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

/** Takes the back-off away, all of which is random, for the running test. */
export function withoutBackOff(): void {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0)
  onTestFinished(() => {
    random.mockRestore()
  })
}

/** An address where nobody listens. */
export async function closedPort(): Promise<string> {
  const server = createServer()
  const url = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return url
}

/** What a promise rejects with; fails when it does not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('the promise was expected to reject')
    },
    (error: unknown) => error,
  )
}

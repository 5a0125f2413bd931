// A homeserver that has one synthetic backup and nothing else: `node synthetic-server.ts '{"keys":1000}'`.
// It says where it is in one line of JSON, and ends when its standard input does. Bodies are made as they
// are taken. Any page may ask it; `GET /` is an empty page of its own, and `GET /answers` says how many
// bodies are on their way.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { syntheticBody, type SyntheticOptions, syntheticVersion } from './synthetic.ts'

// Whoever starts this script writes its argument by the same type.
const options = JSON.parse(process.argv[2] ?? '{}') as SyntheticOptions
const API = '/_matrix/client/v3/room_keys'
const HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization, content-type',
  'content-type': 'application/json',
}

let answers = 0

async function sendKeys(response: ServerResponse): Promise<void> {
  answers += 1
  response.writeHead(200, HEADERS)
  const body = Readable.from(syntheticBody(options), { objectMode: false, highWaterMark: 0 })
  // A client that goes away is no failure here.
  await pipeline(body, response).catch(() => undefined)
  answers -= 1
}

function send(response: ServerResponse, value: object, status = 200): void {
  response.writeHead(status, HEADERS).end(JSON.stringify(value))
}

function sendPage(response: ServerResponse): void {
  const headers = { 'content-type': 'text/html' }
  response.writeHead(200, headers).end('<!doctype html><title>A page</title>')
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  if (request.method === 'OPTIONS') send(response, {})
  else if (pathname === '/') sendPage(response)
  else if (pathname === '/answers') send(response, { answers })
  else if (pathname.startsWith(`${API}/version`)) send(response, syntheticVersion(options.keys))
  else if (pathname === `${API}/keys`) void sendKeys(response)
  else send(response, { errcode: 'M_NOT_FOUND', error: 'There is no such thing' }, 404)
}

const server = createServer(answer)
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`)
})
process.stdin.once('end', () => process.exit()).resume()

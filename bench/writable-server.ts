// A homeserver in memory that has a synthetic backup as version 1 and takes what is uploaded to others:
// `node writable-server.ts '{"keys":1000}'`. With no keys, version 1 is empty and takes uploads itself.
// It keeps the first copy of a key, and ends when its standard input does.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { syntheticBody, type SyntheticOptions, syntheticVersion } from './synthetic.ts'

type Rooms = Map<string, Map<string, unknown>>

interface Version {
  readonly record: object
  readonly rooms: Rooms
  count: number
}

// Whoever starts this script writes its argument by the same type.
const options = JSON.parse(process.argv[2] ?? '{}') as SyntheticOptions
const API = '/_matrix/client/v3/room_keys'
const { version: FIRST, algorithm, auth_data } = syntheticVersion(options.keys)
const record = { algorithm, auth_data }
const versions = new Map<string, Version>([
  [FIRST, { record, rooms: new Map(), count: options.keys }],
])

function send(response: ServerResponse, value: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

function notFound(response: ServerResponse): void {
  send(response, { errcode: 'M_NOT_FOUND', error: 'There is no such thing' }, 404)
}

function infoOf(name: string, { record: one, count }: Version): object {
  return { ...one, version: name, count, etag: String(count) }
}

function* bodyOf(rooms: Rooms): Generator<string> {
  let before = '{"rooms":{'
  for (const [room, sessions] of rooms) {
    yield `${before}${JSON.stringify(room)}:${JSON.stringify({ sessions: Object.fromEntries(sessions) })}`
    before = ','
  }
  yield rooms.size === 0 ? `${before}}}` : '}}'
}

async function sendKeys(response: ServerResponse, name: string, version: Version): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' })
  const isSynthetic = name === FIRST && options.keys > 0
  const body = Readable.from(isSynthetic ? syntheticBody(options) : bodyOf(version.rooms), {
    objectMode: false,
  })
  // A client that goes away is no failure here.
  await pipeline(body, response).catch(() => undefined)
}

/** What is read of a request: our own client sent it. */
async function bodyOfRequest<Body>(request: IncomingMessage): Promise<Body> {
  return JSON.parse(await text(request)) as Body
}

interface Upload {
  readonly rooms: Readonly<Record<string, { readonly sessions: Readonly<Record<string, unknown>> }>>
}

async function put(request: IncomingMessage, version: Version): Promise<object> {
  const { rooms } = await bodyOfRequest<Upload>(request)
  for (const [room, { sessions }] of Object.entries(rooms)) {
    const held = version.rooms.get(room) ?? new Map<string, unknown>()
    version.rooms.set(room, held)
    for (const [session, data] of Object.entries(sessions)) {
      if (held.has(session)) continue
      held.set(session, data)
      version.count += 1
    }
  }
  return { count: version.count, etag: String(version.count) }
}

async function answerVersion(request: IncomingMessage, name: string): Promise<object | null> {
  const latest = String(versions.size)
  if (request.method === 'POST') {
    const made = { record: await bodyOfRequest<object>(request), rooms: new Map(), count: 0 }
    versions.set(String(versions.size + 1), made)
    return { version: String(versions.size) }
  }
  const version = versions.get(name === '' ? latest : name)
  if (version === undefined) return null
  if (request.method === 'GET') return infoOf(name === '' ? latest : name, version)
  const changed = {
    ...version,
    record: { ...version.record, ...(await bodyOfRequest<object>(request)) },
  }
  versions.set(name, changed)
  return {}
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const [what, room = '', session = ''] = pathname
    .slice(API.length + 1)
    .split('/')
    .map(decodeURIComponent)
  if (what === 'version') {
    const found = await answerVersion(request, room)
    if (found === null) notFound(response)
    else send(response, found)
    return
  }
  const name = searchParams.get('version') ?? ''
  const version = versions.get(name)
  if (version === undefined) notFound(response)
  else if (request.method === 'PUT') send(response, await put(request, version))
  else if (room === '') await sendKeys(response, name, version)
  else if (session === '')
    send(response, { sessions: Object.fromEntries(version.rooms.get(room) ?? []) })
  else {
    const data = version.rooms.get(room)?.get(session)
    if (data === undefined) notFound(response)
    else send(response, data as object)
  }
}

const server = createServer((request, response) => void answer(request, response))
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`)
})
process.stdin.once('end', () => process.exit()).resume()

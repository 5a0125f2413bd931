import { backupVersion, roomId } from '@roomkeys/types'
import { describe, expect, it, vi } from 'vitest'
import { createHomeserver } from '../src/index.ts'
import { streamRoomKeys } from '../src/stream.ts'
import { json, type Script, serve } from './server.ts'

const version = backupVersion('1')

async function open(script: Script, timeoutMs = 5_000) {
  const server = await serve(script)
  const homeserver = createHomeserver({
    baseUrl: server.url,
    accessToken: 'token',
    timeoutMs,
    maxRetries: 0,
  })
  return { server, homeserver }
}

async function textOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of pieces) text += decoder.decode(piece, { stream: true })
  return text
}

describe('streamRoomKeys', () => {
  it('hands the body on, as it is', async () => {
    const body = `{"rooms":{"!ü":{"sessions":{}}}}`
    const { server, homeserver } = await open((response) => {
      response.end(body)
    })
    expect(await textOf(streamRoomKeys(homeserver, { version }))).toBe(body)
    expect(server.requests[0]).toMatchObject({
      method: 'GET',
      url: '/_matrix/client/v3/room_keys/keys?version=1',
      headers: { authorization: 'Bearer token' },
    })
  })

  it('asks for one room, whatever its id', async () => {
    const { server, homeserver } = await open((response) => {
      response.end('{}')
    })
    await textOf(streamRoomKeys(homeserver, { version, roomId: roomId('!odd/room%2F ü') }))
    expect(server.requests[0]?.url).toBe(
      '/_matrix/client/v3/room_keys/keys/!odd%2Froom%252F%20%C3%BC?version=1',
    )
  })

  it('sends nothing before the first piece is asked for', async () => {
    const { server, homeserver } = await open((response) => {
      response.end('{}')
    })
    const pieces = streamRoomKeys(homeserver, { version })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(server.requests).toHaveLength(0)
    await pieces.next()
    expect(server.requests).toHaveLength(1)
  })

  it('tells what the server answers', async () => {
    const { homeserver } = await open((response) => {
      json(response, { errcode: 'M_NOT_FOUND', error: 'Unknown version' }, { status: 404 })
    })
    await expect(textOf(streamRoomKeys(homeserver, { version }))).rejects.toMatchObject({
      name: 'TransportError',
      code: 'not_found',
    })
  })

  it('tells a body that breaks off, after what came of it', async () => {
    const { homeserver } = await open((response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('{"rooms"', () => {
        setTimeout(() => response.destroy(), 20)
      })
    })
    const pieces = streamRoomKeys(homeserver, { version })
    expect(await pieces.next()).toMatchObject({ done: false })
    await expect(pieces.next()).rejects.toMatchObject({ code: 'network' })
  })

  it('gives a silent server up', async () => {
    const { homeserver } = await open((response) => {
      response.write('{')
    }, 100)
    await expect(textOf(streamRoomKeys(homeserver, { version }))).rejects.toMatchObject({
      code: 'timeout',
    })
  })

  it('ends at once when the signal is aborted, with its reason', async () => {
    const { homeserver } = await open((response) => {
      response.write('{')
    })
    const controller = new AbortController()
    const reason = new Error('enough')
    const pieces = streamRoomKeys(homeserver, { version }, { signal: controller.signal })
    await pieces.next()
    const next = pieces.next()
    controller.abort(reason)
    await expect(next).rejects.toBe(reason)
  })

  it('ends at once where fetch ignores the signal', async () => {
    const homeserver = createHomeserver({
      baseUrl: 'http://localhost',
      accessToken: 'token',
      fetch: () => new Promise(() => undefined),
    })
    const controller = new AbortController()
    const reason = new Error('enough')
    const next = streamRoomKeys(homeserver, { version }, { signal: controller.signal }).next()
    controller.abort(reason)
    await expect(next).rejects.toBe(reason)
  })

  it('closes the connection when the loop is left', async () => {
    const closed = vi.fn()
    const { homeserver } = await open((response) => {
      response.on('close', closed)
      response.write('{"rooms":')
    })
    for await (const piece of streamRoomKeys(homeserver, { version })) {
      expect(piece.length).toBeGreaterThan(0)
      break
    }
    await vi.waitFor(() => {
      expect(closed).toHaveBeenCalledOnce()
    })
  })

  it('takes a body that the platform has read already', async () => {
    const homeserver = createHomeserver({
      baseUrl: 'http://localhost',
      accessToken: 'token',
      fetch: () =>
        Promise.resolve(Object.defineProperty(new Response('{}'), 'body', { value: undefined })),
    })
    expect(await textOf(streamRoomKeys(homeserver, { version }))).toBe('{}')
  })
})

import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchTransport } from '../src/fetch-transport.ts'
import { httpTransport } from '../src/http-transport.node.ts'
import type { WireRequest, WireResponse } from '../src/transport.ts'

async function bodyText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

/** Answers with what it was asked. */
const echo = createServer((request, response) => {
  void bodyText(request).then((body) => {
    const { method, url, rawHeaders } = request
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ method, url, rawHeaders, body }))
  })
})

/** Answers as soon as it has seen the head, and reads no body. */
const hasty = createTcpServer((socket) => {
  socket.on('error', () => undefined)
  socket.once('data', () => {
    socket.end('HTTP/1.1 413 X\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}')
  })
})

function portOf(server: { readonly address: () => unknown }): number {
  return (server.address() as AddressInfo).port
}

beforeAll(async () => {
  for (const server of [echo, hasty])
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  for (const server of [echo, hasty]) server.close()
})

interface Seen {
  readonly method: string
  readonly url: string
  readonly rawHeaders: readonly string[]
  readonly body: string
}

function seenBy({ body }: WireResponse): Seen {
  return JSON.parse(new TextDecoder().decode(body)) as Seen
}

const signal = AbortSignal.timeout(20_000)

async function* pieces(count: number, size: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) yield await Promise.resolve(new Uint8Array(size).fill(0x61))
}

describe('over node:http', () => {
  const send = (request: Partial<WireRequest>, port = portOf(echo)): Promise<WireResponse> =>
    httpTransport(`http://127.0.0.1:${port}/base/`).send(
      { method: 'GET', target: '/x', headers: [], ...request },
      { signal },
    )

  it.each(['/keys/!r/..?version=1', '/%zz/%2e%2E/./x', '/a//b/', String.raw`/a\b`])(
    'a target arrives as it is: %s',
    async (target) => {
      const { url } = seenBy(await send({ target }))
      expect(url).toBe(`/base${target}`)
    },
  )

  it('repeated headers arrive twice', async () => {
    const headers = [
      ['authorization', 'Bearer a'],
      ['authorization', 'Bearer b'],
    ] as const
    const { rawHeaders } = seenBy(await send({ headers }))
    expect(rawHeaders.filter((text) => text.startsWith('Bearer'))).toEqual(['Bearer a', 'Bearer b'])
  })

  it('bytes have a length, pieces are chunks', async () => {
    const whole = seenBy(await send({ method: 'PUT', body: new TextEncoder().encode('héllo') }))
    expect(whole).toMatchObject({ method: 'PUT', body: 'héllo' })
    expect(whole.rawHeaders.join(' ').toLowerCase()).toContain('content-length 6')
    const chunked = seenBy(await send({ method: 'PUT', body: pieces(3, 10) }))
    expect(chunked.body).toBe('a'.repeat(30))
    expect(chunked.rawHeaders.join(' ').toLowerCase()).toContain('transfer-encoding chunked')
  })

  it('a length that is given is sent, whatever the body', async () => {
    const headers = [['content-length', '4']] as const
    const { rawHeaders, body } = seenBy(await send({ method: 'PUT', headers, body: pieces(1, 4) }))
    expect([body, rawHeaders.join(' ').includes('chunked')]).toEqual(['aaaa', false])
  })

  it('an answer before the end of the body is taken', async () => {
    const body = pieces(1000, 100_000)
    const { status } = await send({ method: 'PUT', body }, portOf(hasty))
    expect(status).toBe(413)
  })

  it('no answer is an error, and so is an abort', async () => {
    await expect(send({}, 1)).rejects.toThrow()
    const controller = new AbortController()
    const waiting = httpTransport(`http://127.0.0.1:${portOf(echo)}`).send(
      { method: 'PUT', target: '/x', headers: [['content-length', '9']], body: pieces(1, 1) },
      { signal: controller.signal },
    )
    controller.abort()
    await expect(waiting).rejects.toThrow()
  })
})

describe('over fetch', () => {
  it('sends what fetch can send', async () => {
    const transport = fetchTransport(`http://127.0.0.1:${portOf(echo)}/`)
    const headers = [['authorization', 'Bearer a']] as const
    const body = new TextEncoder().encode('{}')
    const request = { method: 'PUT', target: '/a%2Fb?c=d', headers, body }
    const seen = seenBy(await transport.send(request, { signal }))
    expect(seen).toMatchObject({ method: 'PUT', url: '/a%2Fb?c=d', body: '{}' })
    expect(seen.rawHeaders).toContain('Bearer a')
    expect(transport.verbatim).toBe(false)
  })

  it('takes no body in pieces', async () => {
    const request = { method: 'PUT', target: '/', headers: [], body: pieces(1, 1) }
    await expect(fetchTransport('http://h').send(request, { signal })).rejects.toThrow(TypeError)
  })

  it.each(['h', 'file:///x', 'http://a:b@h', 'http://h?x', 'http://h#x'])('refuses %s', (url) => {
    expect(() => fetchTransport(url)).toThrow(TypeError)
  })
})

import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createServer } from '../src/index.ts'
import { listen, type ListeningServer } from '../src/node.ts'
import { keyOf, keysPath, openTestServer, type TestServer, type TestUser, V3 } from './helpers.ts'

let host: TestServer
let user: TestUser
let http: ListeningServer
beforeAll(async () => {
  host = await openTestServer()
  user = await host.newUser()
  await user.newVersion()
  http = await listen(
    createServer({ store: host.store, serverName: 'localhost', limits: { uploadBytes: 100_000 } }),
    { requestTimeoutMs: 1000 },
  )
})
afterAll(async () => {
  await http.close()
  await host.close()
})

/** Everything that a server writes until it closes the connection. */
function exchange(url: string, write: string | readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let received = ''
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => (received += text))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (received === '') reject(error)
    })
    socket.on('close', () => {
      resolve(received)
    })
    for (const text of typeof write === 'string' ? [write] : write) socket.write(text)
  })
}

/** What a client gets that reads only when it has written everything, a piece at a time. */
function sendThenRead(url: string, pieces: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let received = ''
    socket.setEncoding('utf8').pause()
    socket.on('error', reject)
    socket.on('close', () => {
      resolve(received)
    })
    const rest = pieces.values()
    const next = (): void => {
      const { value } = rest.next()
      if (value !== undefined) socket.write(value, () => setImmediate(next))
      else socket.on('data', (text: string) => (received += text)).resume()
    }
    next()
  })
}

function head(method: string, target: string, ...headers: readonly string[]): string {
  return [
    `${method} ${target} HTTP/1.1`,
    'Host: localhost',
    `Authorization: Bearer ${user.token}`,
    ...headers,
    '',
    '',
  ].join('\r\n')
}

const CLOSE = 'Connection: close'

it('answers over HTTP', async () => {
  const headers = { authorization: `Bearer ${user.token}` }
  const response = await fetch(`${http.url}${V3}/room_keys/version`, { headers })
  expect(response.status).toBe(200)
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(await response.json()).toMatchObject({ version: '1' })
})

it('S3: keeps escapes of a raw target apart', async () => {
  await user.ask('PUT', keysPath('1', '!r', 'a/b'), keyOf([false, 1, 0]))
  await user.ask('PUT', keysPath('1', '!r', 'a%2Fb'), keyOf([false, 2, 0]))
  for (const [id, expected] of [
    ['a%2Fb', '"first_message_index":1'],
    ['a%252Fb', '"first_message_index":2'],
    ['a/b', 'M_UNRECOGNIZED'],
    ['%zz', 'M_INVALID_PARAM'],
  ] as const)
    expect(
      await exchange(http.url, head('GET', `${V3}/room_keys/keys/!r/${id}?version=1`, CLOSE)),
    ).toContain(expected)
})

describe('S6: dot segments', () => {
  it.each([
    '/!r/..',
    '/!r/.',
    '/..',
    '/!r/%2e%2E',
    '/%2e',
    '/!r/.%2e',
    '/!r/../..',
    '\\..',
    '/!r\\s',
  ])('%s is refused before anything reads the path', async (path) => {
    await user.ask('PUT', keysPath('1', '!dots', 's'), keyOf())
    const raw = await exchange(http.url, head('DELETE', `${V3}/room_keys/keys${path}?version=1`))
    expect(raw).toMatch(/^HTTP\/1\.1 400 /)
    expect(raw).toContain('M_INVALID_PARAM')
    expect((await user.ask('GET', keysPath('1', '!dots', 's'))).status).toBe(200)
  })

  it('are harmless in the query, and dots in a longer segment are an id', async () => {
    for (const target of [`/room_keys/keys/!r...?version=1`, `/room_keys/keys?version=1&x=/../`])
      expect(await exchange(http.url, head('GET', V3 + target, CLOSE))).toMatch(/^HTTP\/1\.1 200 /)
  })
})

it('two Authorization headers are no token', async () => {
  const target = `${V3}/account/whoami`
  const raw = await exchange(
    http.url,
    head('GET', target, `Authorization: Bearer ${user.token}`, CLOSE),
  )
  expect(raw).toMatch(/^HTTP\/1\.1 401 /)
  expect(raw).toContain('M_MISSING_TOKEN')
})

describe('N19: bodies over the limit', () => {
  const target = `${V3}/room_keys/keys?version=1`

  it('with a declared length', async () => {
    const raw = await exchange(http.url, head('PUT', target, 'Content-Length: 100001', CLOSE))
    expect(raw).toMatch(/^HTTP\/1\.1 413 /)
    expect(raw).toContain('M_TOO_LARGE')
  })

  it('and the connection says that it ends', async () => {
    const raw = await exchange(http.url, head('PUT', target, 'Content-Length: 100001'))
    expect(raw.toLowerCase()).toContain('connection: close')
  })

  it.each([
    ['with a declared length', 'Content-Length: 8000000', ' '.repeat(20_000)],
    ['in chunks', 'Transfer-Encoding: chunked', `4e20\r\n${' '.repeat(20_000)}\r\n`],
  ])('is told to whoever sends all of it before reading, %s', async (_, header, piece) => {
    const body = Array.from({ length: 400 }, () => piece)
    const raws = await Promise.all(
      Array.from({ length: 8 }, () =>
        sendThenRead(http.url, [head('PUT', target, header), ...body]),
      ),
    )
    expect(raws.map((raw) => raw.slice(0, 12))).toEqual(Array(8).fill('HTTP/1.1 413'))
  })

  it('in chunks', async () => {
    const chunk = `4e20\r\n${' '.repeat(20_000)}\r\n`
    const raw = await exchange(http.url, [
      head('PUT', target, 'Transfer-Encoding: chunked', CLOSE),
      ...Array.from({ length: 10 }, () => chunk),
    ])
    expect(raw).toMatch(/^HTTP\/1\.1 413 /)
    expect(raw).toContain('M_TOO_LARGE')
  })

  it('in chunks within the limit', async () => {
    const raw = await exchange(http.url, [
      head('PUT', target, 'Transfer-Encoding: chunked', CLOSE),
      'c\r\n{"rooms":{}}\r\n0\r\n\r\n',
    ])
    expect(raw).toMatch(/^HTTP\/1\.1 200 /)
  })
})

it('S9: a request that does not arrive in time is ended', async () => {
  const raw = await exchange(http.url, [
    head('PUT', `${V3}/room_keys/keys?version=1`, 'Content-Length: 100'),
    '{"rooms"',
  ])
  expect(raw).toMatch(/^HTTP\/1\.1 (408|400) /)
  expect(host.errors).toEqual([])
})

it('streams a download', async () => {
  const headers = { authorization: `Bearer ${user.token}` }
  const response = await fetch(http.url + V3 + keysPath('1'), { headers })
  expect(await response.json()).toEqual((await user.ask('GET', keysPath('1'))).body)
})

describe('what is no request', () => {
  it.each([
    ['no HTTP', ['BREW\r\n\r\n'], 400],
    ['a host that is none', ['GET / HTTP/1.1\r\nHost: a b/c\r\nConnection: close\r\n\r\n'], 400],
    ['no host', ['GET / HTTP/1.0\r\n\r\n'], 400],
    ['bytes in the target', ['GET /\u0001 HTTP/1.1\r\nHost: x\r\n\r\n'], 400],
    ['long headers', [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`], 431],
  ])('%s is refused in JSON', async (_, sent, status) => {
    const raw = await exchange(http.url, sent)
    expect(raw).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(raw).toContain('"errcode":"M_UNKNOWN"')
    expect(raw.toLowerCase()).toContain('access-control-allow-origin: *')
  })
})

it('an answer that breaks off does not look whole, and is not printed', async () => {
  const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const breaking = {
    fetch: () => {
      let parts = 0
      const body = new ReadableStream({
        pull: async (controller) => {
          await new Promise((resolve) => setTimeout(resolve, 1))
          if (parts++ < 5) controller.enqueue(new TextEncoder().encode('part'))
          else controller.error(new Error('broken'))
        },
      })
      return Promise.resolve(new Response(body))
    },
  }
  const server = await listen(breaking)
  const raw = await exchange(server.url, head('GET', '/'))
  await server.close()
  expect(raw).toContain('part')
  expect(raw).not.toMatch(/\r\n0\r\n\r\n$/)
  expect(printed).not.toHaveBeenCalled()
  printed.mockRestore()
})

describe('closing', () => {
  it('ends idle keep-alive connections at once', async () => {
    const server = await listen(host.server)
    const idle = exchange(server.url, head('GET', `${V3}/login`))
    await fetch(`${server.url}${V3}/login`).then((response) => response.text())
    await server.close()
    expect(await idle).toContain('m.login.password')
    await expect(fetch(`${server.url}${V3}/login`)).rejects.toThrow()
  })

  it('lets a running answer end, then its connection', async () => {
    let arrived: () => void = () => undefined
    let release: () => void = () => undefined
    const inHandler = new Promise<void>((resolve) => (arrived = resolve))
    const released = new Promise<void>((resolve) => (release = resolve))
    const slow = {
      fetch: async (): Promise<Response> => {
        arrived()
        await released
        return new Response('done')
      },
    }
    const server = await listen(slow, { closeGraceMs: 60_000 })
    const answer = exchange(server.url, head('GET', '/'))
    await inHandler
    const closed = server.close()
    release()
    await closed
    expect(await answer).toContain('done')
  })

  it('cuts off what outlasts the grace', async () => {
    const never = { fetch: () => new Promise<Response>(() => undefined) }
    const server = await listen(never, { closeGraceMs: 20 })
    const request = fetch(server.url)
    await Promise.all([expect(request).rejects.toThrow(), server.close()])
    await server.close()
  })
})

describe('listening', () => {
  it('a port in use has its own error', async () => {
    const port = Number(new URL(http.url).port)
    await expect(listen(host.server, { port })).rejects.toMatchObject({
      code: 'port_in_use',
      retryable: true,
    })
  })

  it('so has anything else', async () => {
    await expect(listen(host.server, { host: '203.0.113.1' })).rejects.toMatchObject({
      code: 'listen_failed',
      retryable: false,
    })
  })

  it('speaks IPv6', async () => {
    const server = await listen(host.server, { host: '::1' })
    expect((await fetch(`${server.url}${V3}/login`)).status).toBe(200)
    await server.close()
  })
})

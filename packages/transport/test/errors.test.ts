import { backupVersion, WireShapeError } from '@roomkeys/types'
import { describe, expect, it } from 'vitest'
import { getVersions, whoAmI } from '../src/account.ts'
import {
  createHomeserver,
  deleteRoomKeys,
  getRoomKeys,
  type HomeserverOptions,
  isTransportError,
  putRoomKeys,
  TransportError,
} from '../src/index.ts'
import { MAX_RESPONSE_BYTES } from '../src/read-text.ts'
import { closedPort, json, rejection, type Script, serve } from './server.ts'

const version = backupVersion('1')

/** What `GET /versions` rejects with. */
async function failure(script: Script, options: Partial<HomeserverOptions> = {}): Promise<unknown> {
  const server = await serve(script)
  return rejection(
    getVersions(createHomeserver({ baseUrl: server.url, maxRetries: 0, ...options })),
  )
}

describe('error answers', () => {
  it.each([
    [400, 'M_INVALID_PARAM', 'rejected', false],
    [400, 'ORG.EXAMPLE.OWN', 'rejected', false],
    [400, 'M_WRONG_ROOM_KEYS_VERSION', 'wrong_version', false],
    [401, 'M_MISSING_TOKEN', 'unauthorized', false],
    [401, 'M_UNKNOWN_TOKEN', 'unauthorized', false],
    [403, 'M_UNKNOWN_TOKEN', 'unauthorized', false],
    [403, 'M_FORBIDDEN', 'forbidden', false],
    [403, 'M_GUEST_ACCESS_FORBIDDEN', 'forbidden', false],
    [403, 'M_USER_LIMIT_EXCEEDED', 'forbidden', false],
    [403, 'M_WRONG_ROOM_KEYS_VERSION', 'wrong_version', false],
    [404, 'M_NOT_FOUND', 'not_found', false],
    [404, 'M_UNRECOGNIZED', 'unrecognized', false],
    [405, 'M_UNRECOGNIZED', 'unrecognized', false],
    [413, 'M_TOO_LARGE', 'too_large', false],
    [429, 'M_LIMIT_EXCEEDED', 'rate_limited', true],
    [500, 'M_UNKNOWN', 'server', true],
    [503, 'M_UNKNOWN', 'server', true],
  ])('%i %s is %s', async (status, errcode, ...expected) => {
    const [code, retryable] = expected
    const error = await failure((response) => {
      json(response, { errcode, error: 'why' }, { status })
    })
    expect(error).toBeInstanceOf(TransportError)
    expect(error).toMatchObject({ code, status, errcode, retryable })
    expect(String(error)).toContain(`; status ${status}; ${errcode}; the server says: why`)
  })

  it.each([
    [400, 'rejected'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [405, 'unrecognized'],
    [413, 'too_large'],
    [418, 'rejected'],
    [429, 'rate_limited'],
    [500, 'server'],
    [502, 'server'],
    [504, 'server'],
  ])('%i with a page instead of JSON is %s', async (status, code) => {
    const error = await failure((response) => {
      response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Gateway</h1>')
    })
    expect(error).toMatchObject({ code, status, errcode: null })
    expect(String(error)).not.toContain('Gateway')
  })

  it.each(['null', '[]', '"text"', '{"errcode":7,"error":{},"retry_after_ms":"soon"}', ''])(
    'with the body %s go by the status',
    async (body) => {
      const error = await failure((response) => {
        response.writeHead(429).end(body)
      })
      expect(error).toMatchObject({ code: 'rate_limited', errcode: null, retryAfterMs: null })
    },
  )

  it('are read whatever type they call themselves', async () => {
    const error = await failure((response) => {
      response.writeHead(403, { 'content-type': 'text/plain' }).end('{"errcode":"M_X"}')
    })
    expect(error).toMatchObject({ code: 'forbidden', errcode: 'M_X' })
  })

  it('keep soft_logout', async () => {
    const answers = [true, false, undefined, 'yes']
    for (const softLogout of answers) {
      const error = await failure((response) => {
        json(response, { errcode: 'M_UNKNOWN_TOKEN', soft_logout: softLogout }, { status: 401 })
      })
      expect(error).toMatchObject({ code: 'unauthorized', softLogout: softLogout === true })
    }
  })

  it('keep the current version', async () => {
    const server = await serve((response, _, count) => {
      const current = count === 1 ? { current_version: '7' } : { current_version: 7 }
      json(response, { errcode: 'M_WRONG_ROOM_KEYS_VERSION', ...current }, { status: 403 })
    })
    const homeserver = createHomeserver({ baseUrl: server.url })
    const first = await rejection(putRoomKeys(homeserver, { version, body: { rooms: {} } }))
    expect(first).toMatchObject({ code: 'wrong_version', currentVersion: '7' })
    const second = await rejection(putRoomKeys(homeserver, { version, body: { rooms: {} } }))
    expect(second).toMatchObject({ code: 'wrong_version', currentVersion: null })
  })

  it('show a bounded, printable part of the text', async () => {
    const error = await failure((response) => {
      const text = `\u001b[31mred\r\nline\u2028\u202e${'x'.repeat(5000)}`
      json(response, { errcode: 'M_UNKNOWN', error: text }, { status: 400 })
    })
    const { message } = error as TransportError
    expect(message).toContain('[31mred  line')
    expect(message).toMatch(/^[\x20-\x7e]+$/)
    expect(message.length).toBeLessThan(500)
  })

  it('are read no further than a bound, and no longer than the timeout', async () => {
    const large = await failure((response) => {
      json(response, { errcode: 'M_FORBIDDEN', filler: 'x'.repeat(10_485_760) }, { status: 403 })
    })
    expect(large).toMatchObject({ code: 'forbidden', errcode: null })
    const endless = await failure(
      (response) => {
        response.writeHead(403)
        response.write('{"errcode":')
      },
      { timeoutMs: 50 },
    )
    expect(endless).toMatchObject({ code: 'forbidden', errcode: null })
  })

  it('name the route by its template, without identifiers', async () => {
    const server = await serve((response) => {
      json(response, {}, { status: 400 })
    })
    const homeserver = createHomeserver({ baseUrl: server.url })
    const odd = backupVersion('private')
    const error = await rejection(deleteRoomKeys(homeserver, { version: odd }))
    expect(String(error)).toMatch(/^TransportError: DELETE .*keys\?version=\{version\}: rejected;/)
    expect(String(error)).not.toContain('private')
  })

  it('are told from others by a brand', async () => {
    const error = await failure((response) => {
      json(response, {}, { status: 400 })
    })
    expect(isTransportError(error)).toBe(true)
    for (const other of [null, undefined, 'text', {}, new Error('x'), { isTransportError: 1 }])
      expect(isTransportError(other)).toBe(false)
  })
})

describe('answers that are not what was asked for', () => {
  it.each([
    ['a page', '<!DOCTYPE html><html></html>'],
    ['nothing', ''],
    ['half of it', '{"versions":["v1'],
    ['two of it', '{"versions":[]}{}'],
  ])('%s is not_json', async (_, body) => {
    const error = await failure((response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(body)
    })
    expect(error).toMatchObject({ code: 'not_json', retryable: false })
  })

  it('bytes that are not UTF-8 are not_json', async () => {
    const error = await failure((response) => {
      response.writeHead(200).end(Buffer.from([0x22, 0xff, 0x22]))
    })
    expect(error).toMatchObject({ code: 'not_json' })
    const cut = await failure((response) => {
      response.writeHead(200).end(Buffer.from([0x22, 0xc3]))
    })
    expect(cut).toMatchObject({ code: 'not_json' })
  })

  it('other JSON is shape, with the places and without the values', async () => {
    const error = await failure((response) => {
      json(response, { versions: ['v1.1', { secret: 'value' }] })
    })
    expect(error).toMatchObject({ code: 'shape', retryable: false })
    expect((error as TransportError).cause).toBeInstanceOf(WireShapeError)
    expect(String(error)).toContain('versions.1: expected string, received object')
    expect(String(error)).not.toContain('value')
  })

  /** JSON of a given length. */
  const jsonOf = (bytes: number) => '{"versions":[],"rooms":{}}'.padEnd(bytes)

  it('an answer over the limit is answer_too_large, a listing of keys is not', async () => {
    const server = await serve((response) => {
      response.writeHead(200).end(jsonOf(MAX_RESPONSE_BYTES + 1))
    })
    const homeserver = createHomeserver({ baseUrl: server.url })
    const error = await rejection(getVersions(homeserver))
    expect(error).toMatchObject({ code: 'answer_too_large', retryable: false })
    expect(await getRoomKeys(homeserver, { version })).toMatchObject({ rooms: {} })
  })

  it('is read to the very limit', async () => {
    const server = await serve((response) => {
      response.writeHead(200).end(jsonOf(MAX_RESPONSE_BYTES))
    })
    const homeserver = createHomeserver({ baseUrl: server.url })
    expect(await getVersions(homeserver)).toMatchObject({ versions: [] })
  })

  it('keeps __proto__ as a key like any other', async () => {
    const server = await serve((response) => {
      response.writeHead(200).end('{"rooms":{"__proto__":{"sessions":{"__proto__":1}}}}')
    })
    const answer = await getRoomKeys(createHomeserver({ baseUrl: server.url }), { version })
    expect(Object.keys(answer.rooms)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(answer.rooms)).toBe(Object.prototype)
  })
})

describe('redirects', () => {
  it.each([301, 302, 303, 307, 308])('%i is not followed', async (status) => {
    const elsewhere = await serve((response) => {
      json(response, { versions: [] })
    })
    const server = await serve((response) => {
      response.writeHead(status, { location: `${elsewhere.url}/there` }).end('moved')
    })
    const homeserver = createHomeserver({ baseUrl: server.url, accessToken: 'token' })
    const error = await rejection(getVersions(homeserver))
    expect(error).toMatchObject({ code: 'redirected', status, retryable: false })
    expect(server.requests).toHaveLength(1)
    expect(elsewhere.requests).toHaveLength(0)
  })

  it('are seen where browsers hide them, and where fetch has followed', async () => {
    const hidden = new Response(null)
    const opaque = { type: 'opaqueredirect', status: 0, ok: false }
    for (const [name, value] of Object.entries(opaque))
      Object.defineProperty(hidden, name, { value })
    const followed = new Response('{"versions":[]}')
    Object.defineProperty(followed, 'redirected', { value: true })
    for (const response of [hidden, followed]) {
      const fetch = () => Promise.resolve(response)
      const homeserver = createHomeserver({ baseUrl: 'http://h.invalid', fetch })
      expect(await rejection(getVersions(homeserver))).toMatchObject({ code: 'redirected' })
    }
  })
})

describe('a server that is gone', () => {
  it('before it answers is network', async () => {
    const homeserver = createHomeserver({ baseUrl: await closedPort(), maxRetries: 0 })
    const error = await rejection(whoAmI(homeserver))
    expect(error).toMatchObject({ code: 'network', status: null, retryable: true })
    expect((error as TransportError).cause).toBeInstanceOf(TypeError)
  })

  it('while it answers is network', async () => {
    const reset = await failure((response) => response.destroy())
    expect(reset).toMatchObject({ code: 'network' })
    const half = await failure((response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{"versions":', () => response.destroy())
    })
    expect(half).toMatchObject({ code: 'network', retryable: true })
    expect(String(half)).toContain('the answer broke off')
    const chunked = await failure((response) => {
      response.writeHead(200)
      response.write('{"versions":[]}', () => response.destroy())
    })
    expect(chunked).toMatchObject({ code: 'network' })
  })

  it('is network when fetch throws right away', async () => {
    const fetch = () => {
      throw new RangeError('odd')
    }
    const homeserver = createHomeserver({ baseUrl: 'http://h.invalid', fetch, maxRetries: 0 })
    const error = await rejection(getVersions(homeserver))
    expect(error).toMatchObject({ code: 'network', cause: new RangeError('odd') })
  })
})

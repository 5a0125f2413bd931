import { inspect } from 'node:util'
import { backupVersion } from '@roomkeys/types'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { getVersions, loginWithPassword } from '../src/account.ts'
import {
  createHomeserver,
  type FetchFunction,
  getCurrentBackupVersion,
  type HomeserverOptions,
  putRoomKeys,
} from '../src/index.ts'
import { MAX_RESPONSE_BYTES } from '../src/read-text.ts'
import { closedPort, json, rejection, type Script, type SeenRequest, serve } from './server.ts'

const baseUrl = 'https://matrix.example.org'

describe('createHomeserver', () => {
  it.each([
    ['https://h.example', 'https://h.example'],
    ['https://h.example/', 'https://h.example'],
    ['https://h.example///', 'https://h.example'],
    ['http://127.0.0.1:8008/', 'http://127.0.0.1:8008'],
    ['https://h.example/a/b/', 'https://h.example/a/b'],
    ['HTTPS://H.example:443/a', 'https://h.example/a'],
    [new URL('https://h.example/a/'), 'https://h.example/a'],
  ])('reads %s as %s', (given, expected) => {
    expect(createHomeserver({ baseUrl: given }).baseUrl).toBe(expected)
  })

  it('keeps a path prefix in requests', async () => {
    const server = await serve((response) => {
      json(response, { versions: [] })
    })
    await getVersions(createHomeserver({ baseUrl: `${server.url}/pre%20fix//` }))
    expect(server.requests[0]?.url).toBe('/pre%20fix/_matrix/client/versions')
  })

  it.each([
    ['baseUrl', { baseUrl: '' }],
    ['baseUrl', { baseUrl: 'matrix.example.org' }],
    ['baseUrl', { baseUrl: '/_matrix' }],
    ['baseUrl', { baseUrl: 'ftp://h.example' }],
    ['baseUrl', { baseUrl: 'file:///etc' }],
    ['baseUrl', { baseUrl: 'https://user:hunter2@h.example' }],
    ['baseUrl', { baseUrl: 'https://user@h.example' }],
    ['baseUrl', { baseUrl: 'https://h.example/?x=hunter2' }],
    ['baseUrl', { baseUrl: 'https://h.example/#x' }],
    ['accessToken', { baseUrl, accessToken: '' }],
    ['accessToken', { baseUrl, accessToken: 'hunter2 x' }],
    ['accessToken', { baseUrl, accessToken: 'hunter2\n' }],
    ['accessToken', { baseUrl, accessToken: 'hunter2ü' }],
    ['fetch', { baseUrl, fetch: 'fetch' }],
    ['timeoutMs', { baseUrl, timeoutMs: 0 }],
    ['timeoutMs', { baseUrl, timeoutMs: 2_147_483_648 }],
    ['timeoutMs', { baseUrl, timeoutMs: NaN }],
    ['maxRetries', { baseUrl, maxRetries: -1 }],
    ['maxRetries', { baseUrl, maxRetries: 1.5 }],
    ['timeoutMs', { baseUrl, timeoutMs: Infinity }],
  ])('refuses a bad %s: %j', (name, options) => {
    const create = () => createHomeserver(options as HomeserverOptions)
    expect(create).toThrow(TypeError)
    expect(create).toThrow(name)
    expect(create).not.toThrow('hunter2')
  })

  it('asks for no cookies, no cache, no referrer and no redirects', async () => {
    const seen: RequestInit[] = []
    const fetch = (input: string | URL | Request, init?: RequestInit) => {
      const { credentials, cache, referrerPolicy, redirect } = new Request(input, init)
      seen.push({ credentials, cache, referrerPolicy, redirect })
      return Promise.resolve(Response.json({ versions: [] }))
    }
    await getVersions(createHomeserver({ baseUrl, fetch }))
    expect(seen).toEqual([
      {
        credentials: 'omit',
        cache: 'no-store',
        referrerPolicy: 'no-referrer',
        redirect: 'manual',
      },
    ])
  })

  it('leaves out what the platform does not know', async () => {
    const credentials = Object.getOwnPropertyDescriptor(Request.prototype, 'credentials') ?? {}
    Reflect.deleteProperty(Request.prototype, 'credentials')
    onTestFinished(() => {
      Object.defineProperty(Request.prototype, 'credentials', credentials)
    })
    const fetch = vi.fn<FetchFunction>(() => Promise.resolve(Response.json({ versions: [] })))
    await getVersions(createHomeserver({ baseUrl, fetch }))
    const init = fetch.mock.calls[0]?.[1]
    expect(init).toMatchObject({ cache: 'no-store', referrerPolicy: 'no-referrer' })
    expect(init).not.toHaveProperty('credentials')
  })

  it('takes a fetch whose answers are no streams', async () => {
    const fetch = (text: string) => () => {
      const response = new Response(text)
      Object.defineProperty(response, 'body', { value: undefined })
      return Promise.resolve(response)
    }
    const good = createHomeserver({ baseUrl, fetch: fetch('{"versions":[]}') })
    expect(await getVersions(good)).toEqual({ versions: [] })
    const text = 'x'.repeat(MAX_RESPONSE_BYTES + 1)
    const long = createHomeserver({ baseUrl, fetch: fetch(text) })
    expect(await rejection(getVersions(long))).toMatchObject({ code: 'answer_too_large' })
  })
})

describe('secrets', () => {
  const accessToken = 'syt_hunter2_token'
  const password = 'hunter2 horse'
  const everything = { depth: Infinity, showHidden: true, getters: true }

  function expectNoSecret(value: unknown): void {
    for (const text of [
      inspect(value, everything),
      String(value),
      JSON.stringify(value),
      value instanceof Error ? `${value.stack ?? ''}${inspect(value.cause, everything)}` : '',
    ]) {
      expect(text).not.toContain('hunter2')
    }
  }

  it('are not in a homeserver', () => {
    const homeserver = createHomeserver({ baseUrl, accessToken })
    expectNoSecret(homeserver)
    expect(Object.isFrozen(homeserver)).toBe(true)
  })

  /** A server repeats what it was sent. */
  const echo = ({ headers, body }: SeenRequest) => {
    const sent = JSON.parse(body === '' ? '{}' : body) as { readonly password?: string }
    return `${headers.authorization ?? ''} ${sent.password ?? ''}`
  }
  const scripts: readonly (readonly [string, Script])[] = [
    ['reset', (response) => response.destroy()],
    ['hang', () => undefined],
    ['page', (response, request) => response.writeHead(200).end(`<p>${echo(request)}</p>`)],
    ['near-JSON', (response) => response.writeHead(200).end(`{"access_token":"${accessToken}"x`)],
    ['shape', (response, request) => response.writeHead(200).end(JSON.stringify([echo(request)]))],
    ['redirect', (response) => response.writeHead(307, { location: `/?t=${accessToken}` }).end()],
    ...[400, 401, 403, 404, 413, 429, 500].map(
      (status) =>
        [
          String(status),
          (response, request) => {
            const text = echo(request)
            json(response, { errcode: text, error: `${'x'.repeat(180)} ${text}` }, { status })
          },
        ] as const satisfies readonly [string, Script],
    ),
  ]

  it.each(scripts)('are not in the error of: %s', async (_, script) => {
    const server = await serve(script)
    const options = { baseUrl: server.url, accessToken, maxRetries: 0, timeoutMs: 100 }
    const homeserver = createHomeserver(options)
    const body = { rooms: {} }
    const errors = [
      await rejection(loginWithPassword(homeserver, { user: 'alice', password })),
      await rejection(getCurrentBackupVersion(homeserver)),
      await rejection(putRoomKeys(homeserver, { version: backupVersion('1'), body })),
    ]
    for (const error of errors) {
      expect(error).toMatchObject({ isTransportError: true })
      expectNoSecret(error)
    }
  })

  it('are not in the error of a server that is gone', async () => {
    const homeserver = createHomeserver({ baseUrl: await closedPort(), accessToken, maxRetries: 0 })
    expectNoSecret(await rejection(loginWithPassword(homeserver, { user: 'alice', password })))
    expectNoSecret(await rejection(getCurrentBackupVersion(homeserver)))
  })

  it('are not garbled when they are empty', async () => {
    const server = await serve((response) => {
      json(response, { errcode: 'M_FORBIDDEN', error: 'wrong password' }, { status: 403 })
    })
    const homeserver = createHomeserver({ baseUrl: server.url })
    const error = await rejection(loginWithPassword(homeserver, { user: 'alice', password: '' }))
    expect(String(error)).toContain('the server says: wrong password')
  })
})

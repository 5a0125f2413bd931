import { backupVersion } from '@roomkeys/types'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { getVersions } from '../src/account.ts'
import {
  createBackupVersion,
  createHomeserver,
  type FetchFunction,
  getRoomKeys,
  type HomeserverOptions,
  putRoomKeys,
} from '../src/index.ts'
import { retryOptions } from '../src/retry.ts'
import {
  closedPort,
  json,
  rejection,
  type Script,
  serve,
  type TestServer,
  withoutBackOff,
} from './server.ts'

const version = backupVersion('1')

/** Throws, where an expression is wanted. */
function fail(error: Error): never {
  throw error
}

async function start(
  script: Script,
  options: Partial<HomeserverOptions> = {},
): Promise<TestServer & { homeserver: ReturnType<typeof createHomeserver> }> {
  const server = await serve(script)
  return { ...server, homeserver: createHomeserver({ baseUrl: server.url, ...options }) }
}

describe('retries', () => {
  beforeEach(withoutBackOff)

  it.each([429, 502, 503, 504])('follow %i, as often as allowed', async (status) => {
    const { homeserver, requests } = await start(
      (response) => {
        json(response, { errcode: 'M_UNKNOWN' }, { status })
      },
      { maxRetries: 2 },
    )
    expect(await rejection(getVersions(homeserver))).toMatchObject({ status })
    expect(requests).toHaveLength(3)
  })

  it.each([400, 401, 403, 404, 408, 413, 500, 501])('do not follow %i', async (status) => {
    const { homeserver, requests } = await start((response) => {
      json(response, { errcode: 'M_UNKNOWN' }, { status })
    })
    expect(await rejection(getVersions(homeserver))).toMatchObject({ status })
    expect(requests).toHaveLength(1)
  })

  it('do not follow an answer that breaks off, which is retryable', async () => {
    const { homeserver, requests } = await start((response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{"rooms":', () => response.destroy())
    })
    const error = await rejection(getRoomKeys(homeserver, { version }))
    expect(error).toMatchObject({ code: 'network', retryable: true })
    expect(requests).toHaveLength(1)
  })

  it.each([
    ['a server that is not there', undefined],
    ['a fetch that fails in its own way', () => Promise.reject(new Error('ECONNREFUSED'))],
    ['a fetch that throws right away', () => fail(new RangeError('odd'))],
  ])('follow %s', async (_, failing) => {
    const counted = vi.fn<FetchFunction>(failing ?? globalThis.fetch)
    const homeserver = createHomeserver({ baseUrl: await closedPort(), fetch: counted })
    expect(await rejection(getVersions(homeserver))).toMatchObject({ code: 'network' })
    expect(counted).toHaveBeenCalledTimes(4)
  })

  it('repeat the body of a PUT', async () => {
    const { homeserver, requests } = await start((response, _, count) => {
      if (count === 1) json(response, {}, { status: 503 })
      else json(response, { count: 0, etag: '' })
    })
    const body = { rooms: { '!r': { sessions: {} } } }
    await putRoomKeys(homeserver, { version, body })
    const expected = JSON.stringify(body)
    expect(requests.map((request) => request.body)).toEqual([expected, expected])
    expect(requests.map(({ headers }) => headers['content-length'])).toEqual(
      Array(2).fill(String(expected.length)),
    )
  })

  it('never follow a POST, whatever happens to it', async () => {
    const scripts: Script[] = [
      (response) => {
        json(response, {}, { status: 503, headers: { 'retry-after': '0' } })
      },
      (response) => {
        json(response, { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 0 }, { status: 429 })
      },
      (response) => response.destroy(),
      (response) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('{"version":', () => response.destroy())
      },
    ]
    for (const script of scripts) {
      const { homeserver, requests } = await start(script)
      const body = { algorithm: 'a', auth_data: {} }
      expect(await rejection(createBackupVersion(homeserver, { body }))).toMatchObject({
        retryable: true,
      })
      expect(requests).toHaveLength(1)
    }
  })
})

describe('a pause', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.UTC(2030, 0, 2, 3, 4, 5) })
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  /** Fails as told, then answers; the times of the requests, in milliseconds from the first. */
  async function timesOf(failures: readonly (() => Response)[]): Promise<readonly number[]> {
    const start = Date.now()
    const times: number[] = []
    const rest = [...failures]
    const fetch = () => {
      times.push(Date.now() - start)
      return Promise.resolve(rest.shift()?.() ?? Response.json({ versions: [] }))
    }
    const call = getVersions(createHomeserver({ baseUrl: 'http://h.invalid', fetch }))
    await vi.runAllTimersAsync()
    expect(await call).toEqual({ versions: [] })
    return times
  }
  const limited = (headers: Record<string, string>, body: object) => () =>
    Response.json(body, { status: 429, headers })

  it.each([
    ['seconds', { 'retry-after': '7' }, {}, 7000],
    ['no seconds', { 'retry-after': '0' }, {}, 0],
    ['a date', { 'retry-after': 'Wed, 02 Jan 2030 03:04:15 GMT' }, {}, 10_000],
    ['the body', {}, { retry_after_ms: 1234 }, 1234],
    ['the header before the body', { 'retry-after': '7' }, { retry_after_ms: 1 }, 7000],
    ['the body after words', { 'retry-after': 'soon' }, { retry_after_ms: 1234 }, 1234],
    ['up to a minute', { 'retry-after': '60' }, {}, 60_000],
  ])('that the server asks for is read from %s', async (...row) => {
    const [, headers, body, expected] = row
    expect(await timesOf([limited({ ...headers }, body)])).toEqual([0, expected])
  })

  it.each([
    ['words', { 'retry-after': 'soon' }, {}],
    ['a negative number', { 'retry-after': '-1' }, {}],
    ['a date in the past', { 'retry-after': 'Wed, 02 Jan 2020 03:04:05 GMT' }, {}],
    ['an odd body', {}, { retry_after_ms: '5' }],
    ['a negative body', {}, { retry_after_ms: -5 }],
    ['headers of others', { 'ratelimit-reset': '7' }, {}],
  ])('is the back-off after %s', async (_, headers, body) => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    expect(await timesOf([limited({ ...headers }, body)])).toEqual([0, 500])
  })

  it('is doubled each time, and what was asked for once is not kept', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    const offline = () => fail(new TypeError('fetch failed'))
    const times = await timesOf([offline, limited({ 'retry-after': '7' }, {}), offline])
    expect(times).toEqual([0, 1000, 8000, 12_000])
  })

  it('is never longer than a minute', () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    const { delay, backoffLimit } = retryOptions(100)
    expect(delay?.(100)).toBeGreaterThan(backoffLimit ?? Infinity)
    expect(backoffLimit).toBe(60_000)
  })

  it.each([
    ['a year', { 'retry-after': '31536000' }, {}, 31_536_000_000],
    ['a number beyond numbers', { 'retry-after': '9'.repeat(400) }, {}, Number.MAX_SAFE_INTEGER],
    ['a year, in the body', {}, { retry_after_ms: 31_536_000_000 }, 31_536_000_000],
  ])('is not waited out when it is %s', async (...row) => {
    const [, headers, body, retryAfterMs] = row
    const fetch = vi.fn(() => Promise.resolve(limited({ ...headers }, body)()))
    const homeserver = createHomeserver({ baseUrl: 'http://h.invalid', fetch })
    const error = await rejection(getVersions(homeserver))
    expect(error).toMatchObject({ code: 'rate_limited', retryable: true, retryAfterMs })
    expect(fetch).toHaveBeenCalledTimes(1)
  })
})

describe('a server that hangs', () => {
  const hang: Script = () => undefined
  const stall: Script = (response) => {
    response.writeHead(200)
    response.write('{"rooms":')
  }

  it.each([
    ['before the answer', hang],
    ['within the answer', stall],
  ])('%s is timeout, and is not asked again', async (_, script) => {
    const { homeserver, requests } = await start(script, { timeoutMs: 50 })
    const error = await rejection(getRoomKeys(homeserver, { version }))
    expect(error).toMatchObject({ code: 'timeout', status: null, retryable: true })
    expect(requests).toHaveLength(1)
  })

  it('has no more than the timeout for a small answer, however often it says something', async () => {
    const { homeserver } = await start(
      (response) => {
        response.writeHead(200)
        const drip = setInterval(() => response.write(' '), 10)
        response.on('close', () => {
          clearInterval(drip)
        })
      },
      { timeoutMs: 200 },
    )
    expect(await rejection(getVersions(homeserver))).toMatchObject({ code: 'timeout' })
  })

  it('may take longer than the timeout over keys, as long as something comes', async () => {
    const { homeserver } = await start(
      (response) => {
        response.writeHead(200)
        let left = 12
        const drip = setInterval(() => {
          left -= 1
          if (left > 0) {
            response.write(' ')
            return
          }
          clearInterval(drip)
          response.end('{"rooms":{}}')
        }, 100)
      },
      { timeoutMs: 1000 },
    )
    expect(await getRoomKeys(homeserver, { version })).toEqual({ rooms: {} })
  })

  it('is not waited for after it has answered', async () => {
    vi.useFakeTimers()
    onTestFinished(() => {
      vi.useRealTimers()
    })
    const fetch = () => Promise.resolve(Response.json({ versions: [] }))
    await getVersions(createHomeserver({ baseUrl: 'http://h.invalid', fetch }))
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is left even by a fetch that does not look at its signal', async () => {
    const fetch = () => new Promise<Response>(() => undefined)
    const baseUrl = 'http://h.invalid'
    const homeserver = createHomeserver({ baseUrl, fetch, timeoutMs: 20 })
    expect(await rejection(getVersions(homeserver))).toMatchObject({ code: 'timeout' })
  })
})

describe('an abort', () => {
  const reason = new Error('the caller has had enough')

  it('before the call keeps it from fetch', async () => {
    let calls = 0
    const fetch = () => {
      calls += 1
      return Promise.resolve(Response.json({ versions: [] }))
    }
    const homeserver = createHomeserver({ baseUrl: 'http://h.invalid', fetch })
    const signal = AbortSignal.abort(reason)
    expect(await rejection(getVersions(homeserver, { signal }))).toBe(reason)
    expect(calls).toBe(0)
  })

  it('ends a stream that does not look at the signal', async () => {
    const controller = new AbortController()
    const pull = () => {
      controller.abort(reason)
      return new Promise<void>(() => undefined)
    }
    // Nothing is pulled before somebody reads.
    const body = new ReadableStream({ pull }, { highWaterMark: 0 })
    const fetch = () => Promise.resolve(new Response(body))
    const homeserver = createHomeserver({ baseUrl: 'http://h.invalid', fetch })
    const { signal } = controller
    expect(await rejection(getRoomKeys(homeserver, { version }, { signal }))).toBe(reason)
  })

  it('while the server thinks throws its reason', async () => {
    const controller = new AbortController()
    const { homeserver, requests } = await start(() => {
      controller.abort(reason)
    })
    const { signal } = controller
    expect(await rejection(getRoomKeys(homeserver, { version }, { signal }))).toBe(reason)
    expect(requests).toHaveLength(1)
  })

  it.each([200, 403])('while an answer of %i comes in throws its reason', async (status) => {
    const controller = new AbortController()
    const { homeserver } = await start((response) => {
      response.writeHead(status)
      response.write('{"rooms":', () => {
        setTimeout(() => {
          controller.abort(reason)
        }, 20)
      })
    })
    const { signal } = controller
    expect(await rejection(getRoomKeys(homeserver, { version }, { signal }))).toBe(reason)
  })

  it('during the pause before a retry throws its reason at once', async () => {
    const controller = new AbortController()
    const { homeserver, requests } = await start((response) => {
      json(response, {}, { status: 503, headers: { 'retry-after': '60' } })
      setTimeout(() => {
        controller.abort(reason)
      }, 50)
    })
    const { signal } = controller
    expect(await rejection(getVersions(homeserver, { signal }))).toBe(reason)
    expect(requests).toHaveLength(1)
  })

  it('ends a fetch that does not look at its signal, and leaves no listener', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const remove = vi.spyOn(signal, 'removeEventListener')
    const fetch = () => {
      controller.abort(reason)
      return new Promise<Response>(() => undefined)
    }
    const homeserver = createHomeserver({ baseUrl: 'http://h.invalid', fetch, timeoutMs: 1000 })
    expect(await rejection(getRoomKeys(homeserver, { version }, { signal }))).toBe(reason)
    expect(remove).toHaveBeenCalled()
  })

  it('of a POST throws its reason, also when that is no error', async () => {
    const controller = new AbortController()
    const { homeserver } = await start(() => {
      controller.abort('enough')
    })
    const body = { algorithm: 'a', auth_data: {} }
    const { signal } = controller
    expect(await rejection(createBackupVersion(homeserver, { body }, { signal }))).toBe('enough')
  })

  it('after the answer changes nothing', async () => {
    const controller = new AbortController()
    const { homeserver } = await start((response) => {
      json(response, { versions: [] })
    })
    const answer = await getVersions(homeserver, { signal: controller.signal })
    controller.abort(reason)
    expect(answer).toEqual({ versions: [] })
  })
})

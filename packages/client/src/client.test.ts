import { openEntries, type OpenEntries } from '@roomkeys/backup'
import { CryptoError } from '@roomkeys/crypto/bytes'
import type { SharedSecrets } from '@roomkeys/crypto/x25519'
import { TransportError } from '@roomkeys/transport'
import { inspect } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import { allEvents, makeClient, rejection, TOKEN } from '../test/make-client.ts'
import { json, notFound } from '../test/stub-server.ts'
import { account } from '../test/vectors.ts'
import { type ClientOptions, createClient } from './client.ts'

const good: ClientOptions = { baseUrl: 'https://matrix.example.org', accessToken: TOKEN }

describe('a mistake in the options is a TypeError that names the option', () => {
  test.each([
    ['baseUrl', { ...good, baseUrl: '' }],
    ['baseUrl', { ...good, baseUrl: 'matrix.example.org' }],
    ['baseUrl', { ...good, baseUrl: 'ftp://matrix.example.org' }],
    ['baseUrl', { ...good, baseUrl: 'https://user:password@matrix.example.org' }],
    ['baseUrl', { accessToken: TOKEN }],
    ['accessToken', { baseUrl: good.baseUrl }],
    ['accessToken', { ...good, accessToken: undefined }],
    ['accessToken', { ...good, accessToken: '' }],
    ['accessToken', { ...good, accessToken: `${TOKEN}\n` }],
    ['accessToken', { ...good, accessToken: 1 }],
    ['algorithms', { ...good, algorithms: [] }],
    ['fetch', { ...good, fetch: 'fetch' }],
    ['timeoutMs', { ...good, timeoutMs: 0 }],
    ['maxRetries', { ...good, maxRetries: -1 }],
  ])('%s (%#)', (name, options) => {
    // The type forbids most of them; a caller in JavaScript is not stopped by it.
    const create = () => createClient(options as ClientOptions)
    expect(create).toThrow(TypeError)
    expect(create).toThrow(new RegExp(`^${name} `))
    expect(create).not.toThrow(TOKEN)
  })
})

test('making a client sends nothing', () => {
  const { client, requests } = makeClient()
  expect(Object.isFrozen(client)).toBe(true)
  expect(requests).toEqual([])
})

describe('the current version', () => {
  test('is handed on as the server gave it', async () => {
    const { client, requests } = makeClient()
    expect(await client.currentVersion()).toEqual(account.version)
    expect(requests).toEqual(['version'])
  })

  test('is null where there is no backup', async () => {
    expect(await makeClient({ version: notFound }).client.currentVersion()).toBeNull()
  })

  test('may be one whose auth_data is broken', async () => {
    const broken = { ...account.version, auth_data: { public_key: 'A'.repeat(60) } }
    const { client } = makeClient({ version: json(broken) })
    expect(await client.currentVersion()).toEqual(broken)
  })

  test('is not read with a signal that is aborted', async () => {
    const { client, requests } = makeClient()
    const reason = new Error('enough')
    const reading = client.currentVersion({ signal: AbortSignal.abort(reason) })
    await expect(reading).rejects.toBe(reason)
    expect(requests).toEqual([])
  })
})

test('an opener is used, and given no provider of its own', async () => {
  const opener = vi.fn<OpenEntries>(openEntries)
  const { client } = makeClient({}, { openEntries: opener })
  const events = await allEvents(client)
  expect(events.at(-1)).toMatchObject({ report: { result: 'complete' } })
  expect(opener).toHaveBeenCalledOnce()
  expect(opener.mock.calls[0]?.[1]).not.toHaveProperty('sharedSecrets')
})

test('a provider of shared secrets is used', async () => {
  const sharedSecrets = vi.fn<SharedSecrets>((_, publicKeys) =>
    Promise.resolve(publicKeys.map(() => null)),
  )
  const { client } = makeClient({}, { sharedSecrets })
  const events = await allEvents(client)
  expect(sharedSecrets.mock.calls.flatMap(([, publicKeys]) => publicKeys)).toHaveLength(250)
  expect(events.at(-1)).toMatchObject({
    report: { result: 'nothing', failures: { weak_ephemeral_key: 250 } },
  })
})

describe('the access token', () => {
  test('is sent', async () => {
    const seen: (string | null)[] = []
    const { client } = makeClient({
      version: (request) => {
        seen.push(request.headers.get('authorization'))
        return json(account.version)
      },
    })
    await client.currentVersion()
    expect(seen).toEqual([`Bearer ${TOKEN}`])
  })

  test('is not shown by the client', () => {
    const { client } = makeClient()
    expect(inspect(client, { depth: 20, showHidden: true })).not.toContain(TOKEN)
    expect(JSON.stringify(client)).not.toContain(TOKEN)
  })

  const unauthorized = { errcode: 'M_UNKNOWN_TOKEN', error: `Unknown token ${TOKEN}` }
  test.each([
    ['unauthorized', json(unauthorized, 401)],
    ['server', json({ error: TOKEN }, 500)],
    ['not_json', new Response(`<p>${TOKEN}</p>`)],
    ['shape', json({ [TOKEN.slice(0, 3)]: TOKEN })],
    [
      'network',
      () => {
        throw new TypeError('fetch failed')
      },
    ],
  ])('is not shown by an error: %s', async (code, version) => {
    const error = await rejection(allEvents(makeClient({ version }).client))
    expect(error).toBeInstanceOf(TransportError)
    expect(error).toHaveProperty('code', code)
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(TOKEN)
  })

  test('is not shown by the error of a typo', async () => {
    const error = await rejection(makeClient().client.identifyKey('typo'))
    expect(error).toBeInstanceOf(CryptoError)
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(TOKEN)
  })
})

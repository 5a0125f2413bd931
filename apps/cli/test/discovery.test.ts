import { describe, expect, it } from 'vitest'
import { checkedAddress, findHomeserver, serverNameOf } from '../src/account/discovery.ts'
import { CliError } from '../src/errors.ts'

const { signal } = new AbortController()

/** Answers by URL; whatever else is asked fails the test. */
function network(answers: Readonly<Record<string, () => Response>>) {
  const asked: string[] = []
  const fetch = (input: string | URL | Request): Promise<Response> => {
    const url = input instanceof Request ? input.url : String(input)
    asked.push(url)
    const answer = Object.hasOwn(answers, url) ? answers[url] : undefined
    return answer === undefined
      ? Promise.reject(new TypeError(`not there: ${url}`))
      : Promise.resolve(answer())
  }
  return { asked, options: { signal, fetch } }
}

const WELL_KNOWN = 'https://example.org/.well-known/matrix/client'
const VERSIONS = 'https://matrix.example.org/_matrix/client/versions'

function json(value: unknown, init?: ResponseInit): () => Response {
  return () => Response.json(value, init)
}

const POINTER = { 'm.homeserver': { base_url: 'https://matrix.example.org/' } }

async function codeOf(answers: Readonly<Record<string, () => Response>>): Promise<string> {
  try {
    return await findHomeserver('@alice:example.org', network(answers).options)
  } catch (error) {
    return error instanceof CliError ? error.code : 'untyped'
  }
}

function redirect(location: string): () => Response {
  return () => new Response(null, { status: 302, headers: { location } })
}

describe('findHomeserver', () => {
  it('follows .well-known', async () => {
    const { asked, options } = network({
      [WELL_KNOWN]: json(POINTER),
      [VERSIONS]: json({ versions: ['v1.1'] }),
    })
    await expect(findHomeserver('@alice:example.org', options)).resolves.toBe(
      'https://matrix.example.org',
    )
    expect(asked).toEqual([WELL_KNOWN, VERSIONS])
  })

  it('takes the server itself where there is none', async () => {
    const found = await codeOf({
      [WELL_KNOWN]: () => new Response('', { status: 404 }),
      'https://example.org/_matrix/client/versions': json({ versions: ['v1.1'] }),
    })
    expect(found).toBe('https://example.org')
  })

  it('follows a redirect on the same host', async () => {
    const found = await codeOf({
      [WELL_KNOWN]: redirect('/elsewhere'),
      'https://example.org/elsewhere': json(POINTER),
      [VERSIONS]: json({ versions: ['v1.1'] }),
    })
    expect(found).toBe('https://matrix.example.org')
  })

  it.each([
    ['a redirect to another host', redirect('https://evil.example/x')],
    ['a redirect without TLS', redirect('http://example.org/x')],
    ['a redirect to nowhere', redirect('https://')],
    ['redirects without end', redirect(WELL_KNOWN)],
    ['a failure of the server', () => new Response('', { status: 500 })],
    ['no JSON', () => new Response('<html>')],
    ['another shape', json({ 'm.homeserver': 'https://matrix.example.org' })],
    ['an address without TLS', json({ 'm.homeserver': { base_url: 'http://matrix.example.org' } })],
    ['a file', json({ 'm.homeserver': { base_url: 'file:///etc/passwd' } })],
    ['a server that is not Matrix', json(POINTER)],
  ])('refuses %s', async (_, answer) => {
    await expect(codeOf({ [WELL_KNOWN]: answer })).resolves.toBe('discovery')
  })

  it('refuses an address with a password', async () => {
    const base_url = 'https://a:b@matrix.example.org'
    const code = await codeOf({ [WELL_KNOWN]: json({ 'm.homeserver': { base_url } }) })
    expect(['usage', 'discovery']).toContain(code)
  })

  it('reads no endless answer', async () => {
    const endless = (): Response =>
      new Response(
        new ReadableStream({
          pull: (controller) => {
            controller.enqueue(new Uint8Array(16_384).fill(0x20))
          },
        }),
      )
    await expect(codeOf({ [WELL_KNOWN]: endless })).resolves.toBe('bad_file')
  })
})

describe('serverNameOf', () => {
  it.each([
    ['@alice:example.org', 'example.org'],
    ['@alice:example.org:8448', 'example.org:8448'],
    ['@:localhost', 'localhost'],
    ['@a:[::1]:8008', '[::1]:8008'],
  ])('%s', (userId, name) => {
    expect(serverNameOf(userId)).toBe(name)
  })

  it.each([
    'alice',
    'alice:example.org',
    '@alice',
    '@alice:',
    '@a:b/c',
    '@a:b@c',
    '@a:b?c',
    '@a:b#c',
  ])('%s is none', (text) => {
    expect(() => serverNameOf(text)).toThrow(CliError)
  })
})

describe('checkedAddress', () => {
  it.each([
    ['https://example.org/', 'https://example.org'],
    ['https://example.org/prefix/', 'https://example.org/prefix'],
    ['http://localhost:8008', 'http://localhost:8008'],
    ['http://127.0.0.1:1', 'http://127.0.0.1:1'],
    ['http://[::1]:1', 'http://[::1]:1'],
  ])('%s', (text, address) => {
    expect(checkedAddress(text)).toBe(address)
  })

  it.each([
    'example.org',
    'http://example.org',
    'ftp://example.org',
    'https://a@b',
    'https://a?b',
    'https://a#b',
    '',
  ])('%j is refused', (text) => {
    expect(() => checkedAddress(text)).toThrow(CliError)
  })
})

import { backupVersion, idProblem, roomId, sessionId } from '@roomkeys/types'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createHomeserver,
  deleteBackupVersion,
  deleteRoomKeyForSession,
  deleteRoomKeys,
  getRoomKeyForSession,
  TransportError,
} from '../src/index.ts'
import { fillRoute } from '../src/route.ts'
import { json, rejection, serve } from './server.ts'

const route = 'GET /keys/{roomId}/{sessionId}?version={version}'

const hostile = [
  ['a/b', 'a%2Fb'],
  ['a%2Fb', 'a%252Fb'],
  ['a?b', 'a%3Fb'],
  ['a#b', 'a%23b'],
  ['a b', 'a%20b'],
  ['a+b', 'a%2Bb'],
  ['ü', '%C3%BC'],
  ['u\u0308', 'u%CC%88'],
  ['🔑', '%F0%9F%94%91'],
  ['a\\b', 'a%5Cb'],
  ['a"\'b', "a%22'b"],
  ['a\r\nHost: x', 'a%0D%0AHost%3A%20x'],
  ['!odd/room%2Fid +ü:example.org', '!odd%2Froom%252Fid%20%2B%C3%BC%3Aexample.org'],
  ['__proto__', '__proto__'],
  ['...', '...'],
  ['%2e%2e', '%252e%252e'],
  ['{version}', '%7Bversion%7D'],
  ['$&', '%24%26'],
] as const

describe('identifiers in a URL', () => {
  it.each(hostile)('%j arrives as %s, in path and query', async (id, encoded) => {
    // The URL standard encodes this one in queries alone.
    const inQuery = encoded.replaceAll("'", '%27')
    const server = await serve((response) => {
      json(response, {})
    })
    const args = { version: backupVersion(id), roomId: roomId(id), sessionId: sessionId(id) }
    await getRoomKeyForSession(createHomeserver({ baseUrl: server.url }), args)
    expect(server.requests[0]?.url).toBe(
      `/_matrix/client/v3/room_keys/keys/${encoded}/${encoded}?version=${inQuery}`,
    )
  })

  it('come out of a server that splits, then decodes, as they went in', () => {
    const id = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 })
    const sendable = id.filter((text) => idProblem(text) === null)
    fc.assert(
      fc.property(sendable, sendable, sendable, (room, session, version) => {
        const filled = fillRoute(route, { roomId: room, sessionId: session, version })
        const path = filled.slice('GET '.length)
        const onTheWire = new Request(`http://h${path}`).url.slice('http://h'.length)
        const [segments = '', query] = onTheWire.split('?')
        expect(segments).toBe(path.split('?')[0])
        const decoded = segments.split('/').slice(2).map(decodeURIComponent)
        expect(decoded).toEqual([room, session])
        expect(new URLSearchParams(query).get('version')).toBe(version)
      }),
    )
  })
})

describe('identifiers that cannot be sent', () => {
  const refused = [
    ['', 'empty'],
    ['.', 'dot_segment'],
    ['..', 'dot_segment'],
    ['a\0b', 'nul'],
    ['\ud800', 'lone_surrogate'],
    ['a'.repeat(256), 'too_long'],
    ['ü'.repeat(128), 'too_long'],
  ] as const

  it.each(refused)('%j is refused: %s', async (id, problem) => {
    const server = await serve((response) => {
      json(response, { count: 0, etag: '' })
    })
    const homeserver = createHomeserver({ baseUrl: server.url })
    const good = { version: backupVersion('1'), roomId: roomId('!r'), sessionId: sessionId('s') }
    for (const parameter of ['version', 'roomId', 'sessionId']) {
      const args = { ...good, [parameter]: id }
      const error = await rejection(deleteRoomKeyForSession(homeserver, args))
      expect(error).toBeInstanceOf(TransportError)
      expect(error).toMatchObject({ code: 'bad_id', parameter, problem, retryable: false })
    }
    const version = backupVersion(id)
    const bad = { code: 'bad_id', parameter: 'version', problem }
    expect(await rejection(deleteBackupVersion(homeserver, { version }))).toMatchObject(bad)
    expect(await rejection(deleteRoomKeys(homeserver, { version }))).toMatchObject(bad)
    expect(server.requests).toHaveLength(0)
  })

  it.each([undefined, null, 1, {}, ['a']])('%j is a mistake of the caller', (id) => {
    const ids = { roomId: '!r', version: '1', sessionId: id }
    expect(() => fillRoute(route, ids)).toThrow(new TypeError('sessionId must be a string'))
  })
})

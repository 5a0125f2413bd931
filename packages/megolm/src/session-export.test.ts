import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arbitrarySession } from '../test/arbitrary-session.ts'
import { caught } from '../test/caught.ts'
import { exportedKeys, first, sessions } from '../test/vectors.ts'
import { sessionIdOf } from './session.ts'
import { parseSessionExport, serialiseSessionExport } from './session-export.ts'

const { session_key: key } = first(exportedKeys)

test('reading what was written gives the same session', () => {
  fc.assert(
    fc.property(arbitrarySession, (session) => {
      const read = parseSessionExport(serialiseSessionExport(session))
      expect(read.index).toBe(session.index)
      expect(read.ratchet.expose()).toEqual(session.ratchet.expose())
      expect(read.publicKey).toEqual(session.publicKey)
      expect(sessionIdOf(read)).toBe(sessionIdOf(session))
    }),
  )
})

test('writing what was read gives the same text', () => {
  fc.assert(
    fc.property(arbitrarySession.map(serialiseSessionExport), (text) => {
      expect(serialiseSessionExport(parseSessionExport(text))).toBe(text)
    }),
  )
})

test('padding is accepted, and not written', () => {
  const padded = key.padEnd(Math.ceil(key.length / 4) * 4, '=')
  expect(serialiseSessionExport(parseSessionExport(padded))).toBe(key)
})

describe('a text that is no session-export key', () => {
  test.each([
    ['with a URL-safe character', `-${key.slice(1)}`],
    ['with white space', `${key.slice(0, 20)} ${key.slice(20)}`],
    ['with a line end', `${key}\n`],
    ['with a character outside ASCII', `${key.slice(0, -1)}é`],
    ['with a lone surrogate', `${key.slice(0, -1)}\ud800`],
    ['with a length that base64 never has', key.slice(0, 217)],
    ['with padding too much', `${key}=`],
  ])('%s is refused', (_, text) => {
    expect(caught(() => parseSessionExport(text)).code).toBe('bad_base64')
  })

  test('that is empty is refused', () => {
    expect(caught(() => parseSessionExport('')).code).toBe('unsupported_version')
  })

  test('of the session-sharing format is refused', () => {
    const shared = first(sessions).session_key
    expect(caught(() => parseSessionExport(shared)).code).toBe('unsupported_version')
  })

  test('never parses by chance, and fails with a typed error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(caught(() => parseSessionExport(text)).retryable).toBe(false)
      }),
    )
  })

  test.each([key.slice(0, 100), `${key}!`, `A${key.slice(1)}AAAA`, `B${key.slice(1)}`])(
    'is not quoted in the error (%#)',
    (text) => {
      const error = caught(() => parseSessionExport(text))
      const chain = `${String(error)} ${String(error.cause)}`
      expect(chain).not.toContain(key.slice(10, 20))
      expect(chain).not.toContain(key.slice(40, 50))
    },
  )
})

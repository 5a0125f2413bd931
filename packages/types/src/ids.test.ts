import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backupVersion, idProblem, MAX_ID_BYTES, roomId, sessionId } from './ids.ts'

describe('idProblem', () => {
  test.each([
    ['empty', '', null],
    ['a room id', '!abc:example.org', null],
    ['a room id without domain', '!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM', null],
    ['a session id', 'jnuvOuPrdGatcVUYHJG4y6cCzkHEPLAEpiYqauBXAd4', null],
    ['slashes, percent, spaces', '!odd/room%2Fid +ü:example.org', null],
    ['__proto__', '__proto__', null],
    ['one dot', '.', 'dot_segment'],
    ['two dots', '..', 'dot_segment'],
    ['three dots', '...', null],
    ['dots inside', 'a..b', null],
    ['encoded dots, which are not decoded here', '%2e%2e', null],
    ['NUL alone', '\0', 'nul'],
    ['NUL inside', 'a\0b', 'nul'],
    ['other control characters', 'a\u0001\u007f', null],
    ['a lone high surrogate', 'a\ud83d', 'lone_surrogate'],
    ['a lone low surrogate', '\ude00a', 'lone_surrogate'],
    ['surrogates in the wrong order', '\ude00\ud83d', 'lone_surrogate'],
    ['an emoji, which is a pair', '😀', null],
    ['a replacement character', '\ufffd', null],
    ['255 bytes of ASCII', 'a'.repeat(255), null],
    ['256 bytes of ASCII', 'a'.repeat(256), 'too_long'],
    ['255 bytes in 128 characters', `${'é'.repeat(127)}a`, null],
    ['256 bytes in 128 characters', 'é'.repeat(128), 'too_long'],
    ['255 bytes of three each', '語'.repeat(85), null],
    ['258 bytes of three each', '語'.repeat(86), 'too_long'],
    ['252 bytes of emoji', '😀'.repeat(63), null],
    ['256 bytes of emoji', '😀'.repeat(64), 'too_long'],
  ] as const)('%s', (_name, id, problem) => {
    expect(idProblem(id)).toBe(problem)
  })

  test('any id without a problem survives UTF-8 and fits', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 300 }), (units) => {
        const id = String.fromCharCode(...units)
        const bytes = Buffer.from(id, 'utf8')
        const sound = bytes.toString('utf8') === id && bytes.length <= MAX_ID_BYTES
        expect(idProblem(id) === null).toBe(sound && !id.includes('\0') && !/^\.\.?$/.test(id))
      }),
    )
  })
})

test('ids are the strings that they were read from', () => {
  expect(roomId('!r:x')).toBe('!r:x')
  expect(sessionId('__proto__')).toBe('__proto__')
  expect(backupVersion('01')).toBe('01')
})

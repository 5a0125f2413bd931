import { utf8 } from '@roomkeys/crypto/bytes'
import { WireShapeError } from '@roomkeys/types'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { caught } from '../test/caught.ts'
import { createOutboundSession, encrypt } from './outbound.ts'
import { decryptRoomEvent, encryptRoomEvent, parseMegolmEventContent } from './room-event.ts'
import { sessionIdOf } from './session.ts'

const session = createOutboundSession()
const roomId = '!a:example.org'
const message = { type: 'm.room.message', content: { msgtype: 'm.text', body: 'hello' }, roomId }

/** An event whose plaintext is that text. */
function withPlaintext(plaintext: Uint8Array | string) {
  const bytes = typeof plaintext === 'string' ? utf8(plaintext) : plaintext
  const { ciphertext } = encrypt(session, bytes)
  return { algorithm: 'm.megolm.v1.aes-sha2', ciphertext, session_id: sessionIdOf(session) }
}

const open = (content: unknown, room = roomId) =>
  decryptRoomEvent({ content, roomId: room, session })

describe('an event', () => {
  test('is encrypted and decrypted', () => {
    const { content, index, next } = encryptRoomEvent(session, message)
    expect(Object.keys(content)).toEqual(['algorithm', 'ciphertext', 'session_id'])
    expect(content.session_id).toBe(sessionIdOf(session))
    const { advanced, ...event } = open(content) ?? {}
    expect(event).toEqual({ type: message.type, content: message.content, index })
    expect(advanced?.index).toBe(0)
    expect(next.index).toBe(1)
  })

  test('of any content is encrypted and decrypted', () => {
    const contents = fc.dictionary(fc.oneof(fc.string(), fc.constant('__proto__')), fc.jsonValue())
    fc.assert(
      fc.property(contents, fc.string({ unit: 'binary' }), (any, type) => {
        const content = JSON.parse(JSON.stringify(any)) as Record<string, unknown>
        const encrypted = encryptRoomEvent(session, { type, content, roomId })
        const event = open(encrypted.content)
        expect(event?.type).toBe(type)
        expect(JSON.stringify(event?.content)).toBe(JSON.stringify(content))
      }),
      { numRuns: 40 },
    )
  })

  test('names the sending device when it is told to', () => {
    const device = { sender_key: 'key', device_id: 'DEVICE' }
    const { content } = encryptRoomEvent(session, message, device)
    expect(content).toMatchObject(device)
    expect(open(content)?.content).toEqual(message.content)
  })

  test('keeps unknown keys of its content as they came', () => {
    const content = { ...encryptRoomEvent(session, message).content, 'org.example': { a: 1 } }
    expect(parseMegolmEventContent(content)).toBe(content)
  })

  test('opens whatever its deprecated keys are', () => {
    const content = {
      ...encryptRoomEvent(session, message).content,
      sender_key: 1,
      device_id: null,
    }
    expect(open(content)?.type).toBe(message.type)
  })
})

describe('the relation of an event', () => {
  const related = { ...message.content, 'm.relates_to': { event_id: '$a', rel_type: 'm.thread' } }

  test('stands in the clear', () => {
    const { content } = encryptRoomEvent(session, { ...message, content: related })
    expect(content['m.relates_to']).toEqual(related['m.relates_to'])
    expect(open(content)?.content).toEqual(related)
  })

  test('is the one in the clear, because the server acts on that', () => {
    const { content } = encryptRoomEvent(session, { ...message, content: related })
    const other = { event_id: '$b', rel_type: 'm.thread' }
    expect(open({ ...content, 'm.relates_to': other })?.content['m.relates_to']).toEqual(other)
  })

  test('is none when none is in the clear', () => {
    const { 'm.relates_to': relation, ...content } = encryptRoomEvent(session, {
      ...message,
      content: related,
    }).content
    expect(relation).toBeDefined()
    expect(open(content)?.content).toEqual(message.content)
  })
})

describe('what is not an event of this session and room', () => {
  test.each(['m.olm.v1.curve25519-aes-sha2', 'm.megolm.v2.aes-sha2', ''])(
    'algorithm %j is not ours',
    (algorithm) => {
      expect(parseMegolmEventContent({ algorithm })).toBeNull()
      expect(open({ algorithm, ciphertext: {} })).toBeNull()
    },
  )

  const good = encryptRoomEvent(session, message).content

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['an array', []],
    ['a text', 'm.megolm.v1.aes-sha2'],
    ['no algorithm', { ...good, algorithm: undefined }],
    ['an algorithm that is no text', { ...good, algorithm: 1 }],
    ['a ciphertext that is no text', { ...good, ciphertext: {} }],
    ['no session id', { ...good, session_id: undefined }],
  ])('%s is refused by its shape', (_, content) => {
    expect(() => open(content)).toThrow(WireShapeError)
  })

  test('an event of another session is refused', () => {
    const other = encryptRoomEvent(createOutboundSession(), message).content
    expect(caught(() => open(other)).code).toBe('another_session')
    const renamed = { ...other, session_id: sessionIdOf(session) }
    expect(caught(() => open(renamed)).code).toBe('signature_mismatch')
  })

  test('an event that was encrypted for another room is refused', () => {
    expect(caught(() => open(good, '!b:example.org')).code).toBe('another_room')
  })

  test.each([
    ['not JSON', 'a secret text'],
    ['no object', '[]'],
    ['a number', '1'],
    ['without a type', JSON.stringify({ content: {}, room_id: roomId })],
    ['without a content', JSON.stringify({ type: 'a', room_id: roomId })],
    ['with an array for content', JSON.stringify({ type: 'a', content: [], room_id: roomId })],
    ['without a room', JSON.stringify({ type: 'a', content: {} })],
    [
      'with a byte order mark',
      `\ufeff${JSON.stringify({ type: 'a', content: {}, room_id: roomId })}`,
    ],
  ])('a plaintext that is %s is refused', (_, plaintext) => {
    expect(caught(() => open(withPlaintext(plaintext))).code).toBe('bad_plaintext')
  })

  test('a plaintext that is not UTF-8 is refused', () => {
    const { code, cause } = caught(() => open(withPlaintext(Uint8Array.of(0xff, 0xfe))))
    expect(code).toBe('bad_plaintext')
    expect(cause).toMatchObject({ code: 'not_utf8' })
  })

  test.each(['a secret text', '{"a secret":"text"}', '{"type":"a secret text"}'])(
    'an error does not quote the plaintext %j',
    (plaintext) => {
      const { message: text, cause } = caught(() => open(withPlaintext(plaintext)))
      expect(`${text} ${String(cause)}`).not.toContain('secret')
    },
  )
})

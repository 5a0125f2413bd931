import { type ExportedSessionData, WireShapeError } from '@roomkeys/types'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { first, sessions } from '../test/vectors.ts'
import { fromBackedUpSession, toBackedUpSession } from './backed-up-session.ts'

const session = first(sessions)

const unknown = fc.dictionary(
  fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'm.shared_history')),
  fc.jsonValue(),
  { noNullPrototype: true },
)

test('there and back gives the same session, unknown keys and m.shared_history included', () => {
  fc.assert(
    fc.property(unknown, fc.string(), fc.string(), (more, room_id, session_id) => {
      const exported: ExportedSessionData = { ...more, ...session, room_id, session_id }
      const backedUp = toBackedUpSession(exported)
      expect(backedUp).toMatchObject({ roomId: room_id, sessionId: session_id })
      expect(Object.keys(backedUp.session)).not.toContain('room_id')
      expect(Object.keys(backedUp.session)).not.toContain('session_id')
      const back = fromBackedUpSession(backedUp)
      expect(JSON.parse(JSON.stringify(back))).toEqual(JSON.parse(JSON.stringify(exported)))
      expect(Object.keys(back).toSorted()).toEqual(Object.keys(exported).toSorted())
    }),
  )
})

test('m.shared_history stays as it is, also false and absent', () => {
  for (const shared of [true, false, 'odd', null]) {
    const { session: inside } = toBackedUpSession({ ...session, 'm.shared_history': shared })
    expect(inside['m.shared_history']).toBe(shared)
  }
  const { session: inside } = toBackedUpSession({ ...session, 'm.shared_history': undefined })
  expect(JSON.parse(JSON.stringify(inside))).not.toHaveProperty(['m.shared_history'])
})

test('the ids that a session is stored under win over those inside it', () => {
  const inside = { ...session, room_id: '!liar:example.org' }
  const exported = fromBackedUpSession({ roomId: '!a:b', sessionId: 'id', session: inside })
  expect(exported).toMatchObject({ room_id: '!a:b', session_id: 'id' })
})

test('a session that lacks a field is refused', () => {
  const broken = { ...session, session_key: undefined }
  // The type is the point: callers without types pass this.
  expect(() => toBackedUpSession(broken as unknown as ExportedSessionData)).toThrow(WireShapeError)
})

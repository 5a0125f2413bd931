import { expect, test } from 'vitest'
import { first, sessions } from '../test/vectors.ts'
import { inRooms, withSessionIds } from './select.ts'

const session = first(sessions)

test('sessions are chosen by room', () => {
  const wanted = inRooms([session.room_id])
  expect(wanted(session)).toBe(true)
  expect(wanted({ ...session, room_id: '!another:example.org' })).toBe(false)
  expect(inRooms([])(session)).toBe(false)
})

test('sessions are chosen by id, in whatever room', () => {
  const wanted = withSessionIds(new Set([session.session_id]))
  expect(wanted({ ...session, room_id: '!another:example.org' })).toBe(true)
  expect(wanted({ ...session, session_id: '__proto__' })).toBe(false)
  expect(withSessionIds(['__proto__'])({ ...session, session_id: '__proto__' })).toBe(true)
})

test('what is asked for is read once, so a generator will do', () => {
  const once = inRooms(new Set([session.room_id]).values())
  expect([session, session].filter(once)).toHaveLength(2)
})

import { parseWire, roomKeysAnswerSchema } from '@roomkeys/types'
import { expect, test } from 'vitest'
import { account } from '../test/vectors.ts'
import { entriesOf } from './entry.ts'

test('every entry of an answer comes once, room by room', () => {
  const entries = [...entriesOf(account.answer)]
  expect(entries).toHaveLength(250)
  expect(new Set(entries.map(({ sessionId }) => sessionId)).size).toBe(250)
  expect([...new Set(entries.map(({ roomId }) => roomId))]).toEqual(
    Object.keys(account.answer.rooms),
  )
})

test('ids that objects know already are entries like any other', () => {
  const text = '{"rooms":{"__proto__":{"sessions":{"__proto__":1,"constructor":null}}}}'
  const answer = parseWire(roomKeysAnswerSchema, JSON.parse(text), 'answer')
  expect([...entriesOf(answer)]).toEqual([
    { roomId: '__proto__', sessionId: '__proto__', data: 1 },
    { roomId: '__proto__', sessionId: 'constructor', data: null },
  ])
})

test('an empty answer has no entries', () => {
  expect([...entriesOf({ rooms: {} })]).toEqual([])
  expect([...entriesOf({ rooms: { '!a': { sessions: {} } } })]).toEqual([])
})

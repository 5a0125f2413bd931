import { expect, test } from 'vitest'
import { caught } from '../test/caught.ts'
import { checkReplay, type MessageOrigin, replayKey } from './replay.ts'

const event = { eventId: '$a', originServerTs: 5 }

test('the first event to use an index is what the store is to hold', () => {
  expect(checkReplay(undefined, event)).toEqual(event)
})

test.each<{ readonly seen: MessageOrigin; readonly now: MessageOrigin }>([
  { seen: event, now: event },
  { seen: { eventId: '$a' }, now: event },
  { seen: event, now: { eventId: '$a' } },
])('the same event may be decrypted again: $seen, $now', ({ seen, now }) => {
  expect(checkReplay(seen, now)).toEqual(event)
})

test.each<readonly [string, MessageOrigin]>([
  ['another event id', { eventId: '$b', originServerTs: 5 }],
  ['another event id, its time not known', { eventId: '$b' }],
  ['another time', { eventId: '$a', originServerTs: 6 }],
])('an index that was used is refused with %s', (_, now) => {
  expect(caught(() => checkReplay(event, now)).code).toBe('replay')
})

test('keys differ by session and by index', () => {
  const keys = [replayKey('a', 1), replayKey('a', 11), replayKey('a1', 1), replayKey('b', 1)]
  expect(new Set(keys)).toHaveProperty('size', 4)
})

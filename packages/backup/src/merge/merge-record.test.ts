import type { BackedUpSessionData, JsonObject } from '@roomkeys/types'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSameRecord, mergeRecords } from './merge-record.ts'

function record(members: JsonObject = {}): BackedUpSessionData {
  return {
    algorithm: 'm.megolm.v1.aes-sha2',
    forwarding_curve25519_key_chain: [],
    sender_key: 'sender key',
    sender_claimed_keys: { ed25519: 'claimed key' },
    session_key: 'session key',
    ...members,
  }
}

type Counting = 'both' | 'better' | 'worse' | 'none'

/** Merges two records, the better one first; whose mark counts. */
function merge(
  best: JsonObject,
  other: JsonObject,
  counting: Counting = 'both',
): BackedUpSessionData {
  const records = [record(best), record(other)] as const
  const [first, second] = records
  const marking = { both: records, better: [first], worse: [second], none: [] }[counting]
  return mergeRecords({ records, sessionKey: 'kept key', marking })
}

describe('what says who made the session', () => {
  const OTHER = {
    sender_key: 'another key',
    sender_claimed_keys: { ed25519: 'another claim' },
    forwarding_curve25519_key_chain: ['forwarder'],
  }

  test('comes from the better record as a whole', () => {
    expect(merge({}, OTHER)).toEqual(record({ session_key: 'kept key' }))
    expect(merge(OTHER, {})).toEqual(record({ ...OTHER, session_key: 'kept key' }))
  })

  test('claimed keys that were lost are filled in for the same sender key', () => {
    expect(merge({ sender_claimed_keys: {} }, {}).sender_claimed_keys).toEqual({
      ed25519: 'claimed key',
    })
  })

  test('and not for another one', () => {
    expect(merge({ sender_claimed_keys: {} }, OTHER).sender_claimed_keys).toEqual({})
  })
})

describe('other members', () => {
  test('are kept from both; the better one counts', () => {
    const merged = merge({ one: 1, both: 'better' }, { both: 'worse', two: { deep: [2] } })
    expect(merged).toMatchObject({ one: 1, both: 'better', two: { deep: [2] } })
  })

  test.each(['m.shared_history', 'shared_history', 'org.matrix.msc3061.shared_history'])(
    '%s is never stripped',
    (name) => {
      expect(merge({}, { [name]: true })).toHaveProperty([name], true)
      expect(merge({ [name]: false }, { [name]: true })).toHaveProperty([name], false)
      expect(merge({ [name]: true }, {}, 'none')).toHaveProperty([name], true)
    },
  )

  test('with names that objects have are members like all others', () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":true},"constructor":1}') as JsonObject
    const merged = merge({}, hostile)
    expect(Object.getOwnPropertyDescriptor(merged, '__proto__')?.value).toEqual({ polluted: true })
    expect(Object.hasOwn(merged, 'constructor')).toBe(true)
    expect('polluted' in merged).toBe(false)
  })

  test('that are undefined hide nothing', () => {
    expect(merge({ flag: undefined }, { flag: true })).toHaveProperty('flag', true)
  })

  test('that repeat the address are left to the address', () => {
    const merged = merge({ room_id: '!a', session_id: 'b' }, { room_id: '!c' })
    expect(Object.keys(merged)).not.toContain('room_id')
    expect(Object.keys(merged)).not.toContain('session_id')
  })
})

describe('the mark of what is unauthenticated', () => {
  const STABLE = { unauthenticated: 'm.legacy-v1' }
  const UNSTABLE = { 'org.matrix.msc4048.unauthenticated': 'm.forwarded_room_key' }

  test('stays whichever record has it', () => {
    expect(merge(STABLE, {})).toMatchObject(STABLE)
    expect(merge({}, STABLE)).toMatchObject(STABLE)
  })

  test('of two the better one counts, whatever its name', () => {
    expect(merge(UNSTABLE, STABLE)).toEqual(record({ ...UNSTABLE, session_key: 'kept key' }))
  })

  test('counts only where it is to count', () => {
    expect(merge(UNSTABLE, STABLE, 'none')).toEqual(record({ session_key: 'kept key' }))
    expect(merge(UNSTABLE, STABLE, 'worse')).toEqual(record({ ...STABLE, session_key: 'kept key' }))
    expect(merge({}, STABLE, 'better')).toEqual(record({ session_key: 'kept key' }))
  })
})

test('merging what was merged changes nothing, and loses no member', () => {
  const members = fc.dictionary(
    fc.constantFrom('a', 'b', 'm.shared_history', 'unauthenticated', '__proto__', 'room_id'),
    fc.jsonValue({ maxDepth: 1 }),
  )
  fc.assert(
    fc.property(members, members, fc.boolean(), (best, other, isMarked) => {
      const first = merge(best, other, isMarked ? 'both' : 'none')
      const { session_key: sessionKey } = first
      for (const again of [record(best), record(other), first]) {
        const records = [first, again] as const
        const second = mergeRecords({ records, sessionKey, marking: isMarked ? records : [] })
        expect(isSameRecord(first, second)).toBe(true)
      }
      const names = Object.keys({ ...best, ...other })
      const dropped = isMarked ? ['room_id'] : ['room_id', 'unauthenticated']
      for (const name of names.filter((each) => !dropped.includes(each)))
        expect(Object.hasOwn(first, name)).toBe(true)
    }),
  )
})

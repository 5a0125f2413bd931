import { parseWire } from '@roomkeys/types'
import { encodeBase64 } from '@roomkeys/crypto/base64'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyText, makeEntry, makeSession, ROOM, sessionDraft } from '../test/session.ts'
import { buildRoomKeyBundle } from './build.ts'
import { type RoomKeyWithheld, roomKeyWithheldSchema, historicRoomKeySchema } from './wire.ts'

const options = { roomId: ROOM }
const reason = 'History not shared'

function withheld(seed: number, fields: Readonly<Record<string, string>> = {}): RoomKeyWithheld {
  return {
    algorithm: 'm.megolm.v1.aes-sha2',
    code: 'm.history_not_shared',
    reason,
    room_id: ROOM,
    sender_key: keyText(1),
    session_id: keyText(seed),
    ...fields,
  }
}

test('sessions that may be shared are included, the others are withheld', () => {
  const not = { shared_history: false }
  const sessions = [
    makeSession({ seed: 3, index: 7 }),
    makeSession({ seed: 4, fields: not }),
    makeSession({ seed: 5 }),
  ]
  expect(buildRoomKeyBundle(sessions, options)).toEqual({
    bundle: {
      room_keys: [makeEntry({ seed: 3, index: 7 }), makeEntry({ seed: 5 })],
      withheld: [withheld(4)],
    },
    outcomes: [
      { status: 'included', position: 0, sessionId: keyText(3), firstMessageIndex: 7, notes: [] },
      { status: 'withheld', position: 1, sessionId: keyText(4), firstMessageIndex: 0, notes: [] },
      { status: 'included', position: 2, sessionId: keyText(5), firstMessageIndex: 0, notes: [] },
    ],
  })
})

test('nothing but the specified fields is written', () => {
  const fields = {
    'org.example.note': 'private',
    forwarding_curve25519_key_chain: [keyText(9)],
    sender_claimed_keys: { ed25519: keyText(2), other: 'private' },
  }
  const { bundle } = buildRoomKeyBundle([makeSession({ seed: 3, fields })], options)
  expect(bundle).toEqual({ room_keys: [makeEntry({ seed: 3 })], withheld: [] })
})

test('no sessions make an empty bundle', () => {
  expect(buildRoomKeyBundle([], options)).toEqual({
    bundle: { room_keys: [], withheld: [] },
    outcomes: [],
  })
})

describe('copies of one session', () => {
  const flag = (shared_history: boolean) => ({ shared_history })

  test.each([
    {
      left: 'the earliest of those that may be shared',
      copies: [
        [5, true],
        [3, true],
        [4, true],
      ],
      statuses: ['superseded', 'included', 'superseded'],
    },
    {
      left: 'one that may be shared, though it is later',
      copies: [
        [0, false],
        [3, true],
      ],
      statuses: ['superseded', 'included'],
    },
    {
      left: 'the earliest of those that may not',
      copies: [
        [5, false],
        [3, false],
      ],
      statuses: ['superseded', 'withheld'],
    },
    {
      left: 'the first of equal ones',
      copies: [
        [3, true],
        [3, true],
      ],
      statuses: ['included', 'superseded'],
    },
  ] as const)('leave $left', ({ copies, statuses }) => {
    const sessions = copies.map(([index, shareable]) =>
      makeSession({ seed: 3, index, fields: flag(shareable) }),
    )
    const { bundle, outcomes } = buildRoomKeyBundle(sessions, options)
    expect(bundle.room_keys.length + bundle.withheld.length).toBe(1)
    expect(outcomes.map(({ status }) => status)).toEqual(statuses)
  })
})

/** 32 bytes that are no point of the curve. */
const NO_POINT = `Ag${'A'.repeat(41)}`

/** A session that is stored under the id of such a key. */
const pointless = {
  session_id: NO_POINT,
  session_key: encodeBase64(
    Uint8Array.from([1, ...Array<number>(132).fill(0), 2, ...Array<number>(31).fill(0)]),
  ),
}

describe('a session fails', () => {
  test.each([
    ['of another room', { room_id: '!other:example.org' }, 'wrong_room'],
    ['of another algorithm', { algorithm: 'm.megolm.v2' }, 'unsupported_session'],
    ['with a session key that is none', { session_key: 'AQAAAA' }, 'malformed_session_key'],
    ['with the key of another session', { session_id: keyText(4) }, 'session_id_mismatch'],
    ['whose public key is no point', pointless, 'malformed_session_key'],
    ['with an empty sender key', { sender_key: '' }, 'malformed_sender_key'],
    ['with a short sender key', { sender_key: 'AAAA' }, 'malformed_sender_key'],
    ['without a sender key', { sender_key: undefined }, 'malformed_entry'],
    ['without a session key', { session_key: undefined }, 'malformed_entry'],
    ['with claimed keys that are a list', { sender_claimed_keys: [] }, 'malformed_entry'],
  ])('%s', (_, fields, reason) => {
    const sessions = [makeSession({ seed: 3, fields }), makeSession({ seed: 6 })]
    const { bundle, outcomes } = buildRoomKeyBundle(sessions, options)
    expect(bundle).toEqual({ room_keys: [makeEntry({ seed: 6 })], withheld: [] })
    expect(outcomes).toMatchObject([
      { status: 'failed', position: 0, reason, error: { code: reason, retryable: false } },
      { status: 'included', position: 1 },
    ])
  })
})

test.each([{}, { ed25519: 'no key' }, { ed25519: NO_POINT }, { curve25519: keyText(1) }])(
  'claimed keys %j are not written, and noted',
  (sender_claimed_keys) => {
    const session = makeSession({ seed: 3, fields: { sender_claimed_keys } })
    const { bundle, outcomes } = buildRoomKeyBundle([session], options)
    expect(bundle.room_keys[0]?.sender_claimed_keys).toEqual({})
    expect(outcomes[0]).toMatchObject({ status: 'included', notes: ['no_claimed_key'] })
  },
)

describe('what a received bundle withheld', () => {
  test('is passed on, once, without what the sender added', () => {
    const given = [withheld(3, { from_device: 'BOB', reason: 'because' }), withheld(3), withheld(4)]
    const { bundle } = buildRoomKeyBundle([], { ...options, withheld: given })
    expect(bundle.withheld).toEqual([withheld(3), withheld(4)])
  })

  test('is not when the session is there after all', () => {
    const sessions = [
      makeSession({ seed: 3 }),
      makeSession({ seed: 4, fields: { shared_history: false } }),
    ]
    const given = [withheld(3), withheld(4)]
    const { bundle } = buildRoomKeyBundle(sessions, { ...options, withheld: given })
    expect(bundle.withheld).toEqual([withheld(4)])
  })

  test.each([
    { code: 'm.unauthorised' },
    { room_id: '!other:example.org' },
    { sender_key: 'AAAA' },
    { algorithm: 'org.example' },
  ])('is not with %j', (fields) => {
    const { bundle } = buildRoomKeyBundle([], { ...options, withheld: [withheld(3, fields)] })
    expect(bundle.withheld).toEqual([])
  })
})

test('a room id that is none is refused', () => {
  expect(() => buildRoomKeyBundle([], { roomId: 'room' })).toThrow(TypeError)
})

test('whatever is given, each session has its outcome, and is in one list at most', () => {
  fc.assert(
    fc.property(fc.array(sessionDraft, { maxLength: 30 }), (drafts) => {
      const { bundle, outcomes } = buildRoomKeyBundle(drafts.map(makeSession), options)
      expect(outcomes.map(({ position }) => position)).toEqual([...drafts.keys()])
      const ids = [...bundle.room_keys, ...bundle.withheld].map(({ session_id }) => session_id)
      expect(new Set(ids).size).toBe(ids.length)
      const counted = outcomes.filter(({ status }) => status === 'included')
      expect(bundle.room_keys).toHaveLength(counted.length)
      for (const key of bundle.room_keys) parseWire(historicRoomKeySchema, key, 'key')
      for (const entry of bundle.withheld) parseWire(roomKeyWithheldSchema, entry, 'entry')
    }),
  )
})

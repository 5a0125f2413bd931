import { describe, expect, test } from 'vitest'
import { caught } from '../test/caught.ts'
import { ALICE, keyText, makeEntry, ROOM } from '../test/session.ts'
import { readRoomKeyBundle } from './read.ts'

const options = { roomId: ROOM, sharedBy: ALICE }
const withheld = {
  algorithm: 'm.megolm.v1.aes-sha2',
  code: 'm.history_not_shared',
  room_id: ROOM,
  sender_key: keyText(1),
  session_id: keyText(4),
}

test('a session is ready for an export file, and may be shared further', () => {
  const { keys } = readRoomKeyBundle({ room_keys: [makeEntry({ seed: 3, index: 9 })] }, options)
  expect(keys).toEqual([
    {
      status: 'opened',
      position: 0,
      sessionId: keyText(3),
      firstMessageIndex: 9,
      sharedBy: ALICE,
      notes: [],
      session: {
        ...makeEntry({ seed: 3, index: 9 }),
        forwarding_curve25519_key_chain: [],
        shared_history: true,
        'm.shared_history': true,
      },
    },
  ])
})

test('nothing is taken over that the specification does not know', () => {
  const fields = {
    'org.matrix.msc4048.unauthenticated': 'm.undefined',
    trusted: true,
    shared_history: false,
    forwarding_curve25519_key_chain: [keyText(9)],
  }
  const entries = [makeEntry({ seed: 3 }), { ...makeEntry({ seed: 3 }), ...fields }]
  const { keys } = readRoomKeyBundle({ room_keys: entries }, options)
  expect(keys[1]).toEqual({ ...keys[0], position: 1 })
})

test.each([
  { fields: {}, claimed: {}, note: 'sender_claimed_keys_missing' },
  {
    fields: { sender_clencaimed_keys: { ed25519: 'k' } },
    claimed: { ed25519: 'k' },
    note: 'sender_claimed_keys_misspelt',
  },
])('claimed keys are put right: $note', ({ fields, claimed, note }) => {
  const entry = { ...makeEntry({ seed: 3 }), sender_claimed_keys: undefined, ...fields }
  const { keys } = readRoomKeyBundle({ room_keys: [entry] }, options)
  expect(keys).toMatchObject([
    { status: 'opened', session: { sender_claimed_keys: claimed }, notes: [note] },
  ])
})

describe('an entry fails', () => {
  test.each([
    ['of another room', { room_id: '!other:example.org' }, 'wrong_room'],
    ['of another algorithm', { algorithm: 'm.megolm.v2' }, 'unsupported_session'],
    ['with a session key that is none', { session_key: 'AQAAAA' }, 'malformed_session_key'],
    ['with the key of another session', { session_id: keyText(4) }, 'session_id_mismatch'],
    ['without a sender key', { sender_key: undefined }, 'malformed_entry'],
    ['with claimed keys that are no texts', { sender_claimed_keys: { a: 1 } }, 'malformed_entry'],
  ])('%s', (_, fields, reason) => {
    const entries = [{ ...makeEntry({ seed: 3 }), ...fields }, makeEntry({ seed: 6 })]
    const { keys } = readRoomKeyBundle({ room_keys: entries }, options)
    expect(keys).toMatchObject([
      { status: 'failed', position: 0, reason, error: { code: reason, reason } },
      { status: 'opened', position: 1, sessionId: keyText(6) },
    ])
  })

  test.each([null, 1, 'text', []])('that is %j', (entry) => {
    const read = readRoomKeyBundle({ room_keys: [entry], withheld: [entry] }, options)
    const failed = [{ status: 'failed', position: 0, reason: 'malformed_entry' }]
    expect(read).toMatchObject({ keys: failed, withheld: failed })
  })

  test('without quoting any of it', () => {
    const session_key = 'AQsecret'
    const { keys } = readRoomKeyBundle(
      { room_keys: [{ ...makeEntry({ seed: 3 }), session_key }] },
      options,
    )
    expect(JSON.stringify(keys)).not.toContain('secret')
    expect(String(keys[0]?.status === 'failed' ? keys[0].error : null)).not.toContain('secret')
  })
})

describe('a withheld session', () => {
  test('is listed with its code', () => {
    const entries = [withheld, { ...withheld, code: 'org.example.mood', session_id: 'x', extra: 1 }]
    const read = readRoomKeyBundle({ withheld: entries }, options)
    expect(read).toEqual({
      keys: [],
      withheld: entries.map((entry, position) => ({
        status: 'withheld',
        position,
        sessionId: entry.session_id,
        code: entry.code,
        withheld: entry,
      })),
    })
    expect(read.withheld[0]).toHaveProperty('withheld', withheld)
  })

  test('of another room fails', () => {
    const entry = { ...withheld, room_id: '!other:example.org' }
    const read = readRoomKeyBundle({ withheld: [entry] }, options)
    expect(read.withheld).toMatchObject([{ status: 'failed', reason: 'wrong_room' }])
  })

  test('without a session fails', () => {
    const { session_id, ...entry } = withheld
    expect(session_id).toBeDefined()
    const read = readRoomKeyBundle({ withheld: [{ ...entry, code: 'm.no_olm' }] }, options)
    expect(read.withheld).toMatchObject([{ status: 'failed', reason: 'malformed_entry' }])
  })

  test('that is there all the same is noted', () => {
    const entries = [makeEntry({ seed: 4 }), makeEntry({ seed: 5 })]
    const { keys } = readRoomKeyBundle({ room_keys: entries, withheld: [withheld] }, options)
    expect(keys).toMatchObject([{ notes: ['also_withheld'] }, { notes: [] }])
  })
})

test('a bundle without lists holds nothing', () => {
  expect(readRoomKeyBundle({}, options)).toEqual({ keys: [], withheld: [] })
})

test.each([null, [], 'text', { room_keys: {} }, { withheld: null }, { room_keys: 'text' }])(
  '%j is no bundle',
  (value) => {
    expect(caught(() => readRoomKeyBundle(value, options)).code).toBe('malformed_bundle')
  },
)

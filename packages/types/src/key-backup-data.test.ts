import { describe, expect, test } from 'vitest'
import { expectAccepted, expectRefused, expectShape, type Shape } from '../test/expect-shape.ts'
import { objectIn, vectorFile } from '../test/vectors.ts'
import { parseWire } from './errors.ts'
import {
  keyBackupDataSchema,
  roomKeyBackupAnswerSchema,
  roomKeyBackupSchema,
  roomKeysAnswerSchema,
  roomKeysSchema,
  roomKeysUpdateResponseSchema,
} from './key-backup-data.ts'
import { sessionDataV1Schema } from './session-data-v1.ts'

const entry = {
  first_message_index: 0,
  forwarded_count: 1,
  is_verified: false,
  session_data: { ephemeral: 'a', ciphertext: 'b', mac: 'c' },
}

const entryFields = [
  { name: 'first_message_index', kind: 'integer' },
  { name: 'forwarded_count', kind: 'integer' },
  { name: 'is_verified', kind: 'boolean' },
  { name: 'session_data', kind: 'object' },
] as const

function entryFieldsAt(...path: readonly string[]): Shape['fields'] {
  return entryFields.map(({ name, kind }) => ({ path: [...path, name], kind }))
}

const shapes: readonly (readonly [string, Shape])[] = [
  ['an entry', { schema: keyBackupDataSchema, example: entry, fields: entryFieldsAt() }],
  [
    'the keys of a room',
    {
      schema: roomKeyBackupSchema,
      example: { sessions: { s: entry } },
      fields: [{ path: ['sessions'], kind: 'object' }, ...entryFieldsAt('sessions', 's')],
    },
  ],
  [
    'the keys of several rooms',
    {
      schema: roomKeysSchema,
      example: { rooms: { '!r:x': { sessions: { s: entry } } } },
      fields: [
        { path: ['rooms'], kind: 'object' },
        { path: ['rooms', '!r:x', 'sessions'], kind: 'object' },
        ...entryFieldsAt('rooms', '!r:x', 'sessions', 's'),
      ],
    },
  ],
  [
    'the shell of an answer for a room',
    {
      schema: roomKeyBackupAnswerSchema,
      example: { sessions: { s: entry } },
      fields: [{ path: ['sessions'], kind: 'object' }],
    },
  ],
  [
    'the shell of an answer for all rooms',
    {
      schema: roomKeysAnswerSchema,
      example: { rooms: { '!r:x': { sessions: {} } } },
      fields: [
        { path: ['rooms'], kind: 'object' },
        { path: ['rooms', '!r:x', 'sessions'], kind: 'object' },
      ],
    },
  ],
  [
    'the answer to an upload',
    {
      schema: roomKeysUpdateResponseSchema,
      example: { count: 3, etag: '1' },
      fields: [
        { path: ['count'], kind: 'integer' },
        { path: ['etag'], kind: 'string' },
      ],
    },
  ],
]

describe.each(shapes)('%s', (_name, shape) => {
  test('holds its shape', () => {
    expectShape(shape)
  })
})

describe('room and session ids named like members of Object.prototype', () => {
  const text = JSON.stringify(entry)

  test.each(['__proto__', 'constructor', 'prototype'])('%s', (id) => {
    const sessions = `{"sessions": {"${id}": ${text}}}`
    const rooms: unknown = JSON.parse(`{"rooms": {"${id}": ${sessions}}}`)
    const parsed = parseWire(roomKeysSchema, rooms, 'keys')
    expect(parsed).toBe(rooms)
    expect(Object.entries(parsed.rooms)).toHaveLength(1)
    expect(Object.hasOwn(parsed.rooms, id)).toBe(true)
    expectAccepted(roomKeysAnswerSchema, rooms)
    expectAccepted(roomKeyBackupSchema, JSON.parse(sessions))

    const broken: unknown = JSON.parse(`{"rooms": {"${id}": {"sessions": {"${id}": []}}}}`)
    expectRefused(roomKeysSchema, broken, {
      path: `rooms.${id}.sessions.${id}`,
      received: 'array',
    })
  })
})

test('a room without sessions is refused, an empty one is not', () => {
  expectRefused(roomKeysSchema, { rooms: { r: null } }, { path: 'rooms.r', received: 'null' })
  expectAccepted(roomKeysSchema, { rooms: { r: { sessions: {} } } })
  expectAccepted(roomKeysSchema, { rooms: {} })
})

test('one damaged entry costs a request, but not an answer', () => {
  const damaged = { rooms: { r: { sessions: { good: entry, bad: 'x', worse: null } } } }
  expectRefused(roomKeysSchema, damaged, { path: 'rooms.r.sessions.bad', received: 'string' })
  expectAccepted(roomKeysAnswerSchema, damaged)
})

test('the real answer of a server parses, to the last entry', () => {
  const keys = objectIn(vectorFile('account-rust.json'), 'backup', 'keys')
  expectAccepted(roomKeysSchema, keys)
  expectAccepted(roomKeysAnswerSchema, keys)
  const entries = Object.values(parseWire(roomKeysSchema, keys, 'keys').rooms).flatMap((room) =>
    Object.values(room.sessions),
  )
  expect(entries).toHaveLength(250)
  for (const { session_data } of entries) expectAccepted(sessionDataV1Schema, session_data)
})

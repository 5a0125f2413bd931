import { describe, expect, test } from 'vitest'
import { expectAccepted, expectRefused, expectShape, type Shape } from '../test/expect-shape.ts'
import { vectorFile } from '../test/vectors.ts'
import { backedUpSessionDataSchema, exportedSessionDataSchema } from './session.ts'

const backedUp: Shape = {
  schema: backedUpSessionDataSchema,
  example: {
    algorithm: 'm.megolm.v1.aes-sha2',
    forwarding_curve25519_key_chain: ['k'],
    sender_key: 'k',
    sender_claimed_keys: { ed25519: 'e' },
    session_key: 's',
    'm.shared_history': true,
  },
  fields: [
    { path: ['algorithm'], kind: 'string' },
    { path: ['forwarding_curve25519_key_chain'], kind: 'array' },
    { path: ['sender_key'], kind: 'string' },
    { path: ['sender_claimed_keys'], kind: 'object' },
    { path: ['sender_claimed_keys', 'ed25519'], kind: 'string', optional: true },
    { path: ['session_key'], kind: 'string' },
  ],
}

const exported: Shape = {
  schema: exportedSessionDataSchema,
  example: { ...backedUp.example, room_id: '!r:x', session_id: 'i' },
  fields: [
    ...backedUp.fields,
    { path: ['room_id'], kind: 'string' },
    { path: ['session_id'], kind: 'string' },
  ],
}

describe.each([
  ['a backed-up session', backedUp],
  ['an exported session', exported],
])('%s', (_name, shape) => {
  test('holds its shape', () => {
    expectShape(shape)
  })

  test('has a forwarding chain of strings alone', () => {
    const value = { ...shape.example, forwarding_curve25519_key_chain: ['k', null] }
    expectRefused(shape.schema, value, {
      path: 'forwarding_curve25519_key_chain.1',
      received: 'null',
    })
  })
})

test.each([[true], ['damaged'], [null], [[]]])(
  'a flag of shared history costs no key, whatever it holds: %j',
  (flag) => {
    expectAccepted(backedUpSessionDataSchema, { ...backedUp.example, 'm.shared_history': flag })
    expectAccepted(exportedSessionDataSchema, { ...exported.example, 'm.shared_history': flag })
  },
)

test('the sessions that a real client exported parse', () => {
  const { expected } = vectorFile('account-rust.json')
  expect(expected).toHaveLength(250)
  for (const session of Array.isArray(expected) ? (expected as readonly unknown[]) : [])
    expectAccepted(exportedSessionDataSchema, session)
})

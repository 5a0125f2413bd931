import { expect, test } from 'vitest'
import { expectAccepted, expectShape } from '../test/expect-shape.ts'
import { objectIn, vectorFile } from '../test/vectors.ts'
import { sessionDataV2Schema } from './session-data-v2.ts'

test('v2 session_data holds its shape', () => {
  expectShape({
    schema: sessionDataV2Schema,
    example: { ephemeral: 'a', ciphertext: 'b' },
    fields: [
      { path: ['ephemeral'], kind: 'string' },
      { path: ['ciphertext'], kind: 'string' },
    ],
  })
})

test('the session_data of the oracle parses, whatever else is in it', () => {
  const { vectors } = vectorFile('backup-v2-oracle.json')
  expect(vectors).toHaveLength(16)
  for (const vector of Array.isArray(vectors) ? (vectors as readonly unknown[]) : [])
    expectAccepted(sessionDataV2Schema, objectIn(vector, 'session_data'))
})

import { expect, test } from 'vitest'
import { expectAccepted, expectShape } from '../test/expect-shape.ts'
import { objectIn, vectorFile } from '../test/vectors.ts'
import { sessionDataV1Schema } from './session-data-v1.ts'

test('v1 session_data holds its shape', () => {
  expectShape({
    schema: sessionDataV1Schema,
    example: { ephemeral: 'a', ciphertext: 'b', mac: 'c' },
    fields: [
      { path: ['ephemeral'], kind: 'string' },
      { path: ['ciphertext'], kind: 'string' },
      { path: ['mac'], kind: 'string' },
    ],
  })
})

test('real session_data parses', () => {
  const { vectors } = vectorFile('backup-v1-libolm.json')
  expect(vectors).toHaveLength(25)
  for (const vector of Array.isArray(vectors) ? (vectors as readonly unknown[]) : [])
    expectAccepted(sessionDataV1Schema, objectIn(vector, 'session_data'))
})

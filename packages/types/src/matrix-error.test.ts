import { expect, test } from 'vitest'
import { expectAccepted, expectShape } from '../test/expect-shape.ts'
import { ERRCODES, matrixErrorBodySchema } from './matrix-error.ts'

test('an error body holds its shape', () => {
  expectShape({
    schema: matrixErrorBodySchema,
    example: {
      errcode: 'M_WRONG_ROOM_KEYS_VERSION',
      error: 'text',
      current_version: '2',
      retry_after_ms: 1500.5,
      soft_logout: true,
    },
    fields: [
      { path: ['errcode'], kind: 'string' },
      { path: ['error'], kind: 'string', optional: true },
      { path: ['current_version'], kind: 'string', optional: true },
      { path: ['retry_after_ms'], kind: 'number', optional: true },
      { path: ['soft_logout'], kind: 'boolean', optional: true },
    ],
  })
})

test('every known errcode parses, and unknown ones too', () => {
  for (const errcode of [...ERRCODES, 'ORG_EXAMPLE_ODD', ''])
    expectAccepted(matrixErrorBodySchema, { errcode })
})

test('the known errcodes are distinct and sorted', () => {
  expect([...new Set(ERRCODES)].toSorted()).toEqual(ERRCODES)
})

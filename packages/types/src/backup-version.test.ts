import { describe, expect, test } from 'vitest'
import { expectAccepted, expectRefused, expectShape, type Shape } from '../test/expect-shape.ts'
import { objectIn, vectorFile } from '../test/vectors.ts'
import {
  backupVersionInfoSchema,
  createBackupVersionRequestSchema,
  createBackupVersionResponseSchema,
  updateBackupVersionRequestSchema,
} from './backup-version.ts'
import { parseWire } from './errors.ts'

const algorithmAndAuthData = [
  { path: ['algorithm'], kind: 'string' },
  { path: ['auth_data'], kind: 'object' },
] as const

const shapes: readonly (readonly [string, Shape])[] = [
  [
    'create request',
    {
      schema: createBackupVersionRequestSchema,
      example: { algorithm: 'a', auth_data: { public_key: 'k' } },
      // The empty name is a string of the wrong kind here: it has a test of its own.
      fields: [{ path: ['auth_data'], kind: 'object' }],
    },
  ],
  [
    'update request',
    {
      schema: updateBackupVersionRequestSchema,
      example: { algorithm: 'a', auth_data: {}, version: '1' },
      fields: [
        { path: ['auth_data'], kind: 'object' },
        { path: ['version'], kind: 'string', optional: true },
      ],
    },
  ],
  [
    'create response',
    {
      schema: createBackupVersionResponseSchema,
      example: { version: '1' },
      fields: [{ path: ['version'], kind: 'string' }],
    },
  ],
  [
    'version info',
    {
      schema: backupVersionInfoSchema,
      example: { algorithm: 'a', auth_data: {}, count: 0, etag: '0', version: '1' },
      fields: [
        ...algorithmAndAuthData,
        { path: ['count'], kind: 'integer' },
        { path: ['etag'], kind: 'string' },
        { path: ['version'], kind: 'string' },
      ],
    },
  ],
]

describe.each(shapes)('%s', (_name, shape) => {
  test('holds its shape', () => {
    expectShape(shape)
  })
})

describe.each([
  ['create', createBackupVersionRequestSchema],
  ['update', updateBackupVersionRequestSchema],
])('the algorithm of an %s request', (_name, schema) => {
  test.each([[undefined], [null], [1], [true], [['a']], [{}]])('is refused: %j', (algorithm) => {
    const received =
      algorithm === null ? 'null' : Array.isArray(algorithm) ? 'array' : typeof algorithm
    const body = algorithm === undefined ? { auth_data: {} } : { algorithm, auth_data: {} }
    expectRefused(schema, body, { path: 'algorithm', received })
  })

  test('is refused when it is empty, and said to be so', () => {
    const body = { algorithm: '', auth_data: {} }
    expectRefused(schema, body, { path: 'algorithm', received: 'string' })
    expect(() => parseWire(schema, body, 'body')).toThrow('expected non-empty string')
  })
})

test('the version info of a server may name an empty algorithm: it can still be deleted', () => {
  expectAccepted(backupVersionInfoSchema, {
    algorithm: '',
    auth_data: {},
    count: 1,
    etag: '',
    version: '',
  })
})

test('every departure is listed, in the order of the fields', () => {
  const broken = { auth_data: [], count: '3', etag: 4 }
  const { issues } = backupVersionInfoSchema['~standard'].validate(broken) as {
    readonly issues: readonly { readonly path: readonly { readonly key: string }[] }[]
  }
  expect(issues.map(({ path }) => path[0]?.key)).toEqual([
    'algorithm',
    'auth_data',
    'count',
    'etag',
    'version',
  ])
})

test('the real answer of a server parses', () => {
  expectAccepted(
    backupVersionInfoSchema,
    objectIn(vectorFile('account-rust.json'), 'backup', 'version'),
  )
})

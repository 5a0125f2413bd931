import { describe, expect, test } from 'vitest'
import { expectAccepted, expectRefused, expectShape, type Shape } from '../test/expect-shape.ts'
import { objectIn, vectorFile } from '../test/vectors.ts'
import {
  keysQueryResponseSchema,
  loginResponseSchema,
  passwordLoginRequestSchema,
  versionsResponseSchema,
  whoAmIResponseSchema,
} from './account.ts'

const shapes: readonly (readonly [string, Shape])[] = [
  [
    'password login request',
    {
      schema: passwordLoginRequestSchema,
      example: {
        type: 'm.login.password',
        identifier: { type: 'm.id.user', user: '@a:example.org' },
        password: 'p',
        device_id: 'D',
        initial_device_display_name: 'n',
      },
      fields: [
        { path: ['type'], kind: 'literal' },
        { path: ['identifier'], kind: 'object' },
        { path: ['identifier', 'type'], kind: 'literal' },
        { path: ['identifier', 'user'], kind: 'string' },
        { path: ['password'], kind: 'string' },
        { path: ['device_id'], kind: 'string', optional: true },
        { path: ['initial_device_display_name'], kind: 'string', optional: true },
      ],
    },
  ],
  [
    'login response',
    {
      schema: loginResponseSchema,
      example: { user_id: '@a:example.org', access_token: 't', device_id: 'D' },
      fields: [
        { path: ['user_id'], kind: 'string' },
        { path: ['access_token'], kind: 'string' },
        { path: ['device_id'], kind: 'string' },
      ],
    },
  ],
  [
    'whoami response',
    {
      schema: whoAmIResponseSchema,
      example: { user_id: '@a:example.org', device_id: 'D', is_guest: false },
      fields: [
        { path: ['user_id'], kind: 'string' },
        { path: ['device_id'], kind: 'string', optional: true },
        { path: ['is_guest'], kind: 'boolean', optional: true },
      ],
    },
  ],
  [
    'versions response',
    {
      schema: versionsResponseSchema,
      example: { versions: ['v1.1', 'v1.19'], unstable_features: { 'org.x': true } },
      fields: [
        { path: ['versions'], kind: 'array' },
        { path: ['unstable_features'], kind: 'object', optional: true },
        { path: ['unstable_features', 'org.x'], kind: 'boolean', optional: true },
      ],
    },
  ],
  [
    'keys query response',
    {
      schema: keysQueryResponseSchema,
      example: {
        device_keys: { '@a:x': { D: { keys: {} } } },
        master_keys: { '@a:x': {} },
        self_signing_keys: { '@a:x': {} },
        user_signing_keys: { '@a:x': {} },
      },
      fields: [
        { path: ['device_keys'], kind: 'object', optional: true },
        { path: ['device_keys', '@a:x'], kind: 'object', optional: true },
        { path: ['device_keys', '@a:x', 'D'], kind: 'object', optional: true },
        ...['master_keys', 'self_signing_keys', 'user_signing_keys'].flatMap((map) => [
          { path: [map], kind: 'object', optional: true } as const,
          { path: [map, '@a:x'], kind: 'object', optional: true } as const,
        ]),
      ],
    },
  ],
]

describe.each(shapes)('%s', (_name, shape) => {
  test('holds its shape', () => {
    expectShape(shape)
  })
})

test('each member of versions is a string', () => {
  expectRefused(
    versionsResponseSchema,
    { versions: ['v1.1', 7] },
    { path: 'versions.1', received: 'number' },
  )
  expectAccepted(versionsResponseSchema, { versions: [] })
})

test('user and device ids that are names of Object.prototype are read like any other', () => {
  const answer: unknown = JSON.parse(
    '{"device_keys": {"__proto__": {"constructor": {"k": 1}, "__proto__": {}}}}',
  )
  expectAccepted(keysQueryResponseSchema, answer)
  const broken: unknown = JSON.parse('{"device_keys": {"__proto__": {"__proto__": "x"}}}')
  expectRefused(keysQueryResponseSchema, broken, {
    path: 'device_keys.__proto__.__proto__',
    received: 'string',
  })
})

test('the keys of a real account parse', () => {
  const account = vectorFile('account-rust.json')
  const answer = {
    device_keys: { '@alice:example.org': { DEVICEALICE: objectIn(account, 'device_keys') } },
    master_keys: { '@alice:example.org': objectIn(account, 'master_key') },
    self_signing_keys: { '@alice:example.org': objectIn(account, 'self_signing_key') },
    user_signing_keys: { '@alice:example.org': objectIn(account, 'user_signing_key') },
  }
  expectAccepted(keysQueryResponseSchema, answer)
  expect(objectIn(answer, 'device_keys', '@alice:example.org', 'DEVICEALICE')).toBe(
    answer.device_keys['@alice:example.org'].DEVICEALICE,
  )
})

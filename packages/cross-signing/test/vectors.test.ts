/** What the Rust stack published: every fact holds, and each mutated field changes its own facts. */
import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import type { JsonObject } from '@roomkeys/types'
import { describe, expect, test } from 'vitest'
import { inspectUser } from '../src/report.ts'
import { trustedKeys } from '../src/trust.ts'
import { changes } from './flatten.ts'
import {
  answerOf,
  caller,
  DEVICE,
  DEVICE_KEY,
  MASTER,
  type Published,
  published,
  USER,
} from './vectors.ts'

const OTHER_KEY = encodeBase64(new Uint8Array(32).fill(9))
const SELF_SIGNING = '+pBVjQKXHCVSn0bSnSmg5JHh8UZAPCeUF/oy9Y23oDo'
const good = inspectUser(answerOf(published), USER, caller)

const WELL_FORMED = {
  userIdMatches: true,
  usageMatches: true,
  hasOneKey: true,
  keyIdMatches: true,
  isSignable: true,
}

test('every fact holds', () => {
  const { master, selfSigning, userSigning } = published
  expect(good).toEqual({
    userId: USER,
    identity: {
      master: {
        object: master,
        publicKey: MASTER,
        form: WELL_FORMED,
        pin: 'match',
        ownDeviceSignature: 'valid',
      },
      selfSigning: {
        object: selfSigning,
        publicKey: SELF_SIGNING,
        form: WELL_FORMED,
        masterSignature: 'valid',
      },
      userSigning: {
        object: userSigning,
        publicKey: 'crY7XqL6uOQouPBwDHGd3bL8HTMyUNjIF+Cg4SHMlKA',
        form: WELL_FORMED,
        masterSignature: 'valid',
      },
    },
    ownIdentity: null,
    userSignature: null,
    devices: [
      {
        deviceId: DEVICE,
        object: published.device,
        userIdMatches: true,
        deviceIdMatches: true,
        isSignable: true,
        ed25519: DEVICE_KEY,
        curve25519: '/8eHl2IAtXSYo3QZOP7tw9swav1NhjBCcb3uY7PrYn4',
        selfSignature: 'valid',
        crossSignature: 'valid',
        masterSignature: 'valid',
        own: 'match',
      },
    ],
  })
})

test('the keys are trusted', () => {
  expect(trustedKeys(good)).toEqual({
    userId: USER,
    masterKey: MASTER,
    devices: new Map([[DEVICE, DEVICE_KEY]]),
  })
})

/** A copy with one member replaced, however deep; `undefined` removes it. */
function put(object: JsonObject, path: readonly string[], value: unknown): JsonObject {
  const [key = '', ...rest] = path
  if (rest.length === 0) {
    const others = Object.entries(object).filter(([name]) => name !== key)
    return Object.fromEntries(value === undefined ? others : [...others, [key, value]])
  }
  return { ...object, [key]: put((object[key] ?? {}) as JsonObject, rest, value) }
}

type Case = readonly [
  name: string,
  which: keyof Published,
  path: readonly string[],
  value: unknown,
  expected: Readonly<Record<string, unknown>>,
]

const MASTER_SIGNATURES = {
  'identity.master.ownDeviceSignature': 'invalid',
  'devices.0.masterSignature': 'invalid',
}
const DEVICE_SIGNATURES = {
  'devices.0.selfSignature': 'invalid',
  'devices.0.crossSignature': 'invalid',
}
const SELF_KEY = ['keys', `ed25519:${SELF_SIGNING}`]
const BY_DEVICE = ['signatures', USER, `ed25519:${DEVICE}`]
const BY_MASTER = ['signatures', USER, `ed25519:${MASTER}`]
const BY_SELF_SIGNING = ['signatures', USER, `ed25519:${SELF_SIGNING}`]
const SIGNATURE = encodeBase64(new Uint8Array(64).fill(1))

const masterCases: readonly Case[] = [
  [
    'user_id',
    'master',
    ['user_id'],
    '@bob:example.org',
    { 'identity.master.form.userIdMatches': false, ...MASTER_SIGNATURES },
  ],
  [
    'usage',
    'master',
    ['usage'],
    ['self_signing'],
    { 'identity.master.form.usageMatches': false, ...MASTER_SIGNATURES },
  ],
  [
    'usage with another beside it',
    'master',
    ['usage'],
    ['master', 'self_signing'],
    { 'identity.master.form.usageMatches': false, ...MASTER_SIGNATURES },
  ],
  [
    'the public key',
    'master',
    ['keys', `ed25519:${MASTER}`],
    OTHER_KEY,
    {
      'identity.master.publicKey': OTHER_KEY,
      'identity.master.form.keyIdMatches': false,
      'identity.master.pin': 'mismatch',
      ...MASTER_SIGNATURES,
      'identity.selfSigning.masterSignature': 'missing',
      'identity.userSigning.masterSignature': 'missing',
    },
  ],
  [
    'the key id',
    'master',
    ['keys'],
    { 'ed25519:other': MASTER },
    { 'identity.master.form.keyIdMatches': false, ...MASTER_SIGNATURES },
  ],
  [
    'a second key',
    'master',
    ['keys', `ed25519:${OTHER_KEY}`],
    OTHER_KEY,
    {
      'identity.master.publicKey': null,
      'identity.master.form.hasOneKey': false,
      'identity.master.form.keyIdMatches': false,
      'identity.master.pin': 'mismatch',
      ...MASTER_SIGNATURES,
      'identity.selfSigning.masterSignature': 'unverifiable',
      'identity.userSigning.masterSignature': 'unverifiable',
    },
  ],
  ['an unknown field', 'master', ['org.example'], 1, MASTER_SIGNATURES],
  ['unsigned', 'master', ['unsigned'], { a: 1 }, {}],
  [
    'a fraction',
    'master',
    ['org.example'],
    1.5,
    { 'identity.master.form.isSignable': false, ...MASTER_SIGNATURES },
  ],
  [
    'no signature by the device',
    'master',
    BY_DEVICE,
    undefined,
    {
      'identity.master.ownDeviceSignature': 'missing',
      'devices.0.masterSignature': 'missing',
    },
  ],
  ['another signature by the device', 'master', BY_DEVICE, SIGNATURE, MASTER_SIGNATURES],
  ['a signature that is a number', 'master', BY_DEVICE, 1, MASTER_SIGNATURES],
]

const signingKeyCases: readonly Case[] = (['selfSigning', 'userSigning'] as const).flatMap(
  (which): readonly Case[] => {
    const at = `identity.${which}`
    const masterSignature = { [`${at}.masterSignature`]: 'invalid' }
    return [
      [
        'user_id',
        which,
        ['user_id'],
        '@b:c',
        { [`${at}.form.userIdMatches`]: false, ...masterSignature },
      ],
      [
        'usage',
        which,
        ['usage'],
        ['master'],
        { [`${at}.form.usageMatches`]: false, ...masterSignature },
      ],
      [
        'usage as text',
        which,
        ['usage'],
        'self_signing',
        { [`${at}.form.usageMatches`]: false, ...masterSignature },
      ],
      ['an unknown field', which, ['org.example'], null, masterSignature],
      [
        'lone surrogates',
        which,
        ['org.example'],
        '\ud800',
        { [`${at}.form.isSignable`]: false, ...masterSignature },
      ],
      ['no signature', which, BY_MASTER, undefined, { [`${at}.masterSignature`]: 'missing' }],
      ['no signatures', which, ['signatures'], [], { [`${at}.masterSignature`]: 'missing' }],
      ['another signature', which, BY_MASTER, SIGNATURE, masterSignature],
      ['a signature that is no base64', which, BY_MASTER, '%', masterSignature],
    ]
  },
)

const selfSigningKeyCases: readonly Case[] = [
  [
    'the public key',
    'selfSigning',
    SELF_KEY,
    OTHER_KEY,
    {
      'identity.selfSigning.publicKey': OTHER_KEY,
      'identity.selfSigning.form.keyIdMatches': false,
      'identity.selfSigning.masterSignature': 'invalid',
      'devices.0.crossSignature': 'missing',
    },
  ],
  [
    'a public key of 31 bytes',
    'selfSigning',
    SELF_KEY,
    encodeBase64(new Uint8Array(31)),
    {
      'identity.selfSigning.publicKey': null,
      'identity.selfSigning.form.keyIdMatches': false,
      'identity.selfSigning.masterSignature': 'invalid',
      'devices.0.crossSignature': 'unverifiable',
    },
  ],
]

const deviceCases: readonly Case[] = [
  [
    'user_id',
    'device',
    ['user_id'],
    '@bob:example.org',
    { 'devices.0.userIdMatches': false, ...DEVICE_SIGNATURES },
  ],
  [
    'device_id',
    'device',
    ['device_id'],
    'OTHER',
    { 'devices.0.deviceIdMatches': false, ...DEVICE_SIGNATURES },
  ],
  ['algorithms', 'device', ['algorithms'], [], DEVICE_SIGNATURES],
  [
    'the Ed25519 key',
    'device',
    ['keys', `ed25519:${DEVICE}`],
    OTHER_KEY,
    {
      'devices.0.ed25519': OTHER_KEY,
      'devices.0.own': 'mismatch',
      'devices.0.masterSignature': 'invalid',
      ...DEVICE_SIGNATURES,
    },
  ],
  [
    'no Ed25519 key',
    'device',
    ['keys', `ed25519:${DEVICE}`],
    undefined,
    {
      'devices.0.ed25519': null,
      'devices.0.own': 'mismatch',
      'devices.0.masterSignature': 'unverifiable',
      'devices.0.selfSignature': 'unverifiable',
      'devices.0.crossSignature': 'invalid',
    },
  ],
  [
    'the Curve25519 key',
    'device',
    ['keys', `curve25519:${DEVICE}`],
    OTHER_KEY,
    { 'devices.0.curve25519': OTHER_KEY, ...DEVICE_SIGNATURES },
  ],
  ['unsigned', 'device', ['unsigned'], { device_display_name: 'd' }, {}],
  ['an unknown field', 'device', ['org.example'], {}, DEVICE_SIGNATURES],
  [
    'no signature of its own',
    'device',
    BY_DEVICE,
    undefined,
    { 'devices.0.selfSignature': 'missing' },
  ],
  [
    'another signature of its own',
    'device',
    BY_DEVICE,
    SIGNATURE,
    { 'devices.0.selfSignature': 'invalid' },
  ],
  [
    'no cross-signature',
    'device',
    BY_SELF_SIGNING,
    undefined,
    { 'devices.0.crossSignature': 'missing' },
  ],
  [
    'another cross-signature',
    'device',
    BY_SELF_SIGNING,
    SIGNATURE,
    { 'devices.0.crossSignature': 'invalid' },
  ],
]

test.each([...masterCases, ...signingKeyCases, ...selfSigningKeyCases, ...deviceCases])(
  'changing %s of the %s key changes its own facts alone',
  (...[, which, path, value, expected]) => {
    const mutated = { ...published, [which]: put(published[which], path, value) }
    expect(changes(good, inspectUser(answerOf(mutated), USER, caller))).toEqual(expected)
  },
)

describe('a changed byte', () => {
  const cases = [
    ['master', BY_DEVICE, MASTER_SIGNATURES],
    ['selfSigning', BY_MASTER, { 'identity.selfSigning.masterSignature': 'invalid' }],
    ['userSigning', BY_MASTER, { 'identity.userSigning.masterSignature': 'invalid' }],
    ['device', BY_DEVICE, { 'devices.0.selfSignature': 'invalid' }],
    ['device', BY_SELF_SIGNING, { 'devices.0.crossSignature': 'invalid' }],
  ] as const

  test.each(cases)('of the signature on %s at %j makes it invalid', (which, path, expected) => {
    const [, userId = '', keyId = ''] = path
    const ofUser = (published[which]['signatures'] as JsonObject)[userId] as JsonObject
    const bytes = decodeBase64(String(ofUser[keyId]))
    expect(bytes).toHaveLength(64)
    for (const position of bytes.keys()) {
      const other = bytes.with(position, (bytes[position] ?? 0) ^ 0x11)
      const mutated = { ...published, [which]: put(published[which], path, encodeBase64(other)) }
      const report = inspectUser(answerOf(mutated), USER, caller)
      expect(changes(good, report)).toEqual(expected)
    }
  })
})

describe('without', () => {
  test('a master key, nothing else can be verified against it', () => {
    const { device, selfSigning, userSigning } = published
    const report = inspectUser(answerOf({ device, selfSigning, userSigning }), USER, caller)
    expect(report.identity.master).toBeNull()
    expect(report.identity.selfSigning?.masterSignature).toBe('unverifiable')
    expect(report.devices[0]?.masterSignature).toBe('missing')
    expect(report.devices[0]?.crossSignature).toBe('valid')
    expect(trustedKeys(report)).toEqual({
      userId: USER,
      masterKey: null,
      devices: new Map([[DEVICE, DEVICE_KEY]]),
    })
  })

  test('a self-signing key, no device is cross-signed', () => {
    const { device, master, userSigning } = published
    const report = inspectUser(answerOf({ device, master, userSigning }), USER, caller)
    expect(report.devices[0]?.crossSignature).toBe('unverifiable')
    const { userId, masterKeys = new Map() } = caller
    const stranger = inspectUser(answerOf({ device, master }), USER, { userId, masterKeys })
    expect(trustedKeys(stranger)).toEqual({ userId: USER, masterKey: MASTER, devices: new Map() })
  })

  test('anything, the report is empty', () => {
    const report = inspectUser({}, USER, caller)
    expect(report.devices).toEqual([])
    expect(report.identity).toEqual({ master: null, selfSigning: null, userSigning: null })
    expect(trustedKeys(report)).toEqual({ userId: USER, masterKey: null, devices: new Map() })
  })
})

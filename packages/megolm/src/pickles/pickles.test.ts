/**
 * The readers of pickles, against pickles that are written here as the sources of libolm and vodozemac
 * describe them, by means of their own; what both really write is read in the interop tests.
 */
import { utf8 } from '@roomkeys/crypto/bytes'
import fc from 'fast-check'
import { createCipheriv, createHmac, hkdfSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { arbitrarySession } from '../../test/arbitrary-session.ts'
import { exportedKeys, first } from '../../test/vectors.ts'
import {
  MAX_PICKLE_LENGTH,
  parseLibolmPickle,
  parseVodozemacPickle,
  PickleError,
  unpickleLibolm,
  unpickleVodozemac,
  type UnpickledSession,
} from '../pickles.ts'
import { parseSessionExport, serialiseSessionExport } from '../session-export.ts'
import type { MegolmSession } from '../session.ts'

/** Encrypts a pickle. */
function sealPickle(plaintext: Uint8Array, pickleKey: Uint8Array): string {
  const keys = Buffer.from(hkdfSync('sha256', pickleKey, Buffer.alloc(1), 'Pickle', 80))
  const cipher = createCipheriv('aes-256-cbc', keys.subarray(0, 32), keys.subarray(64))
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  const mac = createHmac('sha256', keys.subarray(32, 64)).update(ciphertext).digest()
  const sealed = Buffer.concat([ciphertext, mac.subarray(0, 8)])
  return sealed.toString('base64').replace(/=+$/, '')
}

/** What is in a libolm pickle besides the session. */
interface LibolmParts {
  readonly version: number
  readonly latest: MegolmSession
  readonly verified: boolean
}

function ratchetBytes({ ratchet, index }: MegolmSession): Uint8Array {
  const counter = Buffer.alloc(4)
  counter.writeUInt32BE(index)
  return Buffer.concat([ratchet.expose(), counter])
}

/** The bytes of a libolm pickle. */
function libolmBytes(session: MegolmSession, parts: LibolmParts): Uint8Array<ArrayBuffer> {
  const version = Buffer.alloc(4)
  version.writeUInt32BE(parts.version)
  const flag = parts.version === 1 ? [] : [Number(parts.verified)]
  const ratchets = [ratchetBytes(session), ratchetBytes(parts.latest)]
  return Uint8Array.from(
    Buffer.concat([version, ...ratchets, session.publicKey, Uint8Array.from(flag)]),
  )
}

/** The value of a vodozemac pickle, as serde writes it. */
function vodozemacValue(session: MegolmSession, verified: boolean): object {
  return {
    initial_ratchet: { inner: [...session.ratchet.expose()], counter: session.index },
    signing_key: [...session.publicKey],
    signing_key_verified: verified,
    config: { version: 'V1' },
  }
}

/** The error that a function throws; anything but a {@link PickleError} fails the test. */
function caughtPickleError(run: () => unknown): PickleError {
  try {
    run()
  } catch (error) {
    if (error instanceof PickleError) return error
    throw error
  }
  throw new TypeError('Nothing was thrown')
}

const KEY = new Uint8Array(32).fill(0x42)
const RUNS = { numRuns: 50 }
const session = parseSessionExport(first(exportedKeys).session_key)

const libolmPickle = (of: MegolmSession, verified = true, version = 2) =>
  sealPickle(libolmBytes(of, { version, latest: of, verified }), KEY)
const vodozemacPickle = (value: unknown) => sealPickle(utf8(JSON.stringify(value)), KEY)

function expectSession(read: UnpickledSession, of: MegolmSession, verified: boolean): void {
  expect(serialiseSessionExport(read.session)).toBe(serialiseSessionExport(of))
  expect(read.signingKeyVerified).toBe(verified)
}

describe('libolm', () => {
  test('the initial ratchet is read, not the latest', () => {
    fc.assert(
      fc.property(arbitrarySession, arbitrarySession, fc.boolean(), (initial, latest, verified) => {
        const pickle = sealPickle(libolmBytes(initial, { version: 2, latest, verified }), KEY)
        expectSession(unpickleLibolm(pickle, KEY), initial, verified)
      }),
      RUNS,
    )
  })

  test('version 1 has no flag: its sessions were verified', () => {
    expectSession(unpickleLibolm(libolmPickle(session, false, 1), KEY), session, true)
  })

  test('a pickle key may have any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (key) => {
        const bytes = libolmBytes(session, { version: 2, latest: session, verified: true })
        expectSession(unpickleLibolm(sealPickle(bytes, key), key), session, true)
      }),
      RUNS,
    )
  })

  test.each([0, 3, 4, 2 ** 31, 2 ** 32 - 1])('version %i is unsupported', (version) => {
    const error = caughtPickleError(() => unpickleLibolm(libolmPickle(session, true, version), KEY))
    expect(error.code).toBe('unsupported_version')
  })

  test('every other length is refused', () => {
    for (const version of [1, 2]) {
      const bytes = libolmBytes(session, { version, latest: session, verified: true })
      for (let length = 0; length < 400; length++) {
        if (length === bytes.length) continue
        const other = new Uint8Array(length)
        other.set(bytes.subarray(0, length))
        const { code } = caughtPickleError(() => parseLibolmPickle(other))
        expect(code).toBe(length < 4 ? 'unsupported_version' : 'bad_length')
      }
    }
  })

  test('a flag that is neither 0 nor 1 is malformed', () => {
    const bytes = libolmBytes(session, { version: 2, latest: session, verified: true })
    bytes[bytes.length - 1] = 2
    expect(caughtPickleError(() => parseLibolmPickle(bytes)).code).toBe('malformed')
  })

  test('bytes are read wherever they stand in their buffer', () => {
    const bytes = libolmBytes(session, { version: 2, latest: session, verified: false })
    const buffer = new Uint8Array(bytes.length + 9)
    buffer.set(bytes, 5)
    expectSession(parseLibolmPickle(buffer.subarray(5, -4)), session, false)
  })
})

describe('vodozemac', () => {
  test('a session is read, encrypted or plain', () => {
    fc.assert(
      fc.property(arbitrarySession, fc.boolean(), (of, verified) => {
        const value = vodozemacValue(of, verified)
        expectSession(unpickleVodozemac(vodozemacPickle(value), KEY), of, verified)
        expectSession(parseVodozemacPickle(value), of, verified)
      }),
      RUNS,
    )
  })

  test('old pickles name no configuration, and unknown keys change nothing', () => {
    const value = { ...vodozemacValue(session, true), config: undefined, more: { is: 'kept out' } }
    expectSession(unpickleVodozemac(vodozemacPickle(value), KEY), session, true)
  })

  test('a session with another MAC on its messages is unsupported', () => {
    const value = { ...vodozemacValue(session, true), config: { version: 'V2' } }
    const error = caughtPickleError(() => unpickleVodozemac(vodozemacPickle(value), KEY))
    expect(error.code).toBe('unsupported_version')
  })

  const good = vodozemacValue(session, true)
  const ratchet = { inner: [...session.ratchet.expose()], counter: 0 }
  test.each([
    ['null', null],
    ['an array', [good]],
    ['no ratchet', { ...good, initial_ratchet: undefined }],
    ['a short ratchet', { ...good, initial_ratchet: { ...ratchet, inner: [1, 2] } }],
    ['a long ratchet', { ...good, initial_ratchet: { ...ratchet, inner: [...ratchet.inner, 1] } }],
    ['a byte too great', { ...good, signing_key: [256, ...session.publicKey.slice(1)] }],
    ['a byte below zero', { ...good, signing_key: [-1, ...session.publicKey.slice(1)] }],
    ['half a byte', { ...good, signing_key: [0.5, ...session.publicKey.slice(1)] }],
    ['a key in text', { ...good, signing_key: 'AAAA' }],
    ['an index too great', { ...good, initial_ratchet: { ...ratchet, counter: 2 ** 32 } }],
    ['no flag', { ...good, signing_key_verified: undefined }],
    ['a flag that is a number', { ...good, signing_key_verified: 1 }],
    ['a configuration without version', { ...good, config: {} }],
    ['an inherited ratchet', JSON.parse(`{"__proto__": ${JSON.stringify(good)}}`)],
  ])('%s is malformed', (_, value) => {
    const error = caughtPickleError(() => unpickleVodozemac(vodozemacPickle(value), KEY))
    expect(error.code).toBe('malformed')
    expect(error.cause).toBeUndefined()
  })

  test.each(['', '{', 'nul', '\ufeff{}', '{"initial_ratchet":{"inner":[1,2,3,'])(
    '%j is malformed, and not quoted',
    (text) => {
      const error = caughtPickleError(() => unpickleVodozemac(sealPickle(utf8(text), KEY), KEY))
      expect(error.code).toBe('malformed')
      expect(error.cause).toBeUndefined()
      expect(error.message).not.toContain('inner')
    },
  )

  test('a pickle key of another length is a mistake of the caller', () => {
    const pickle = vodozemacPickle(good)
    expect(() => unpickleVodozemac(pickle, new Uint8Array(31))).toThrow(TypeError)
  })
})

const readers: readonly (readonly [string, string, typeof unpickleLibolm])[] = [
  ['libolm', libolmPickle(session), unpickleLibolm],
  ['vodozemac', vodozemacPickle(vodozemacValue(session, true)), unpickleVodozemac],
]

describe.each(readers)('a pickle of %s', (_, pickle, unpickle) => {
  const codeOf = (text: string, key = KEY) => caughtPickleError(() => unpickle(text, key)).code

  test('is refused with any byte changed by any of eight bits', () => {
    const bytes = Buffer.from(pickle, 'base64')
    for (let position = 0; position < bytes.length; position++)
      for (let bit = 0; bit < 8; bit++) {
        const changed = Buffer.from(bytes)
        changed[position] = (changed[position] ?? 0) ^ (1 << bit)
        const text = changed.toString('base64').replace(/=+$/, '')
        expect(codeOf(text)).toBe('wrong_key')
      }
  })

  test('is refused cut off anywhere', () => {
    for (let length = 0; length < pickle.length; length++)
      expect(['bad_base64', 'bad_length', 'wrong_key']).toContain(codeOf(pickle.slice(0, length)))
  })

  test('is refused with another pickle key, retryably', () => {
    const error = caughtPickleError(() => unpickle(pickle, new Uint8Array(32)))
    expect(error).toMatchObject({ code: 'wrong_key', retryable: true })
    expect(codeOf(`${pickle}!`)).toBe('bad_base64')
    expect(caughtPickleError(() => unpickle('', KEY)).retryable).toBe(false)
  })

  test('is refused when it is too long to be one', () => {
    expect(codeOf('A'.repeat(MAX_PICKLE_LENGTH + 4))).toBe('bad_length')
    expect(codeOf('A'.repeat(MAX_PICKLE_LENGTH))).toBe('wrong_key')
  })

  test('is refused where its MAC is right and its padding is not', () => {
    const text = sealPickle(new Uint8Array(15), KEY)
    expect(['malformed', 'unsupported_version']).toContain(codeOf(text))
  })

  test('shows no ratchet when it is printed, nor in an error', () => {
    const read = unpickle(pickle, KEY)
    const secret = Buffer.from(session.ratchet.expose().subarray(0, 12))
    expect(JSON.stringify(read)).toContain('[secret]')
    for (const shown of [
      JSON.stringify(read),
      String(caughtPickleError(() => unpickle(pickle.slice(4), KEY))),
    ])
      expect(shown).not.toContain(secret.toString('base64'))
  })
})

describe('hostile input gives typed errors alone, and results of known size', () => {
  const RUNS = 200_000
  const ENCRYPTED_RUNS = 20_000

  /** Numbers below a bound, the same on every run (xorshift). */
  function seededNumbers(seed: number): (bound: number) => number {
    let state = seed
    return (bound) => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return (state >>> 0) % bound
    }
  }

  const below = seededNumbers(20_261_120)
  const libolm = libolmBytes(session, { version: 2, latest: session, verified: true })

  /** `read`, or the code of the typed error; anything else fails. */
  function outcome(run: () => UnpickledSession): string {
    try {
      const { session: read, signingKeyVerified } = run()
      const bounded = read.ratchet.expose().length === 128 && read.publicKey.length === 32
      const known =
        read.index >= 0 && read.index < 2 ** 32 && typeof signingKeyVerified === 'boolean'
      return bounded && known ? 'read' : 'unbounded'
    } catch (error) {
      if (error instanceof PickleError) return error.code
      throw error
    }
  }

  function mutatedBytes(valid: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const length = below(3) === 0 ? below(2 * valid.length) : valid.length
    const bytes = new Uint8Array(length)
    bytes.set(valid.subarray(0, length))
    for (let changes = below(6); changes > 0; changes--) bytes[below(length)] = below(256)
    return below(10) === 0 ? bytes.map(() => below(256)) : bytes
  }

  const oddValues: readonly (() => unknown)[] = [
    () => null,
    () => below(2) === 0,
    () => below(2 ** 32) * 2 - 2 ** 31,
    () => below(1000) / 7,
    () => Number.POSITIVE_INFINITY,
    () => 'text',
    () => [],
    () => ({}),
    () => undefined,
    () => Array.from({ length: below(200) }, () => below(300)),
  ]
  const odd = (): unknown => oddValues[below(oddValues.length)]?.()

  /** A copy with one place, at any depth, replaced, dropped or added to. */
  function mutatedValue(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || below(6) === 0) return odd()
    if (Array.isArray(value)) {
      const items: readonly unknown[] = value
      return below(3) === 0 ? [...items, odd()] : items.with(below(items.length), odd())
    }
    const entries: [string, unknown][] = Object.entries(value)
    const at = below(entries.length)
    const key = below(8) === 0 ? '__proto__' : (entries[at]?.[0] ?? '')
    return Object.fromEntries([...entries, [key, mutatedValue(entries[at]?.[1])]])
  }

  function tally(results: Iterable<string>): readonly string[] {
    return [...new Set(results)].toSorted()
  }

  test('the bytes of a libolm pickle', () => {
    const results = Array.from({ length: RUNS }, () =>
      outcome(() => parseLibolmPickle(mutatedBytes(libolm))),
    )
    expect(tally(results)).toEqual(['bad_length', 'malformed', 'read', 'unsupported_version'])
  })

  test('the value of a vodozemac pickle', () => {
    const value = vodozemacValue(session, true)
    const results = Array.from({ length: RUNS }, () =>
      outcome(() => parseVodozemacPickle(mutatedValue(value))),
    )
    expect(tally(results)).toEqual(['malformed', 'read', 'unsupported_version'])
  })

  test('the text of a pickle: no change of it is read', () => {
    const key = new Uint8Array(32)
    const text = Buffer.from(sealPickle(libolm, key))
    const results = Array.from({ length: ENCRYPTED_RUNS }, () => {
      const mutated = mutatedBytes(Uint8Array.from(text))
      const pickle = Buffer.from(mutated).toString('latin1')
      return pickle === text.toString() ? 'same' : outcome(() => unpickleLibolm(pickle, key))
    })
    expect(tally(results)).toEqual(['bad_base64', 'bad_length', 'same', 'wrong_key'])
  })
})

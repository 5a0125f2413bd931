import { ed25519PublicKey, ed25519Verify } from '@roomkeys/crypto/ed25519'
import { decodeBase64 } from '@roomkeys/crypto/base64'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arbitrarySeed, arbitrarySession } from '../test/arbitrary-session.ts'
import { caught } from '../test/caught.ts'
import { exportedKeys, first, sessions } from '../test/vectors.ts'
import { sessionIdOf } from './session.ts'
import { parseSessionSharing, serialiseSessionSharing, signSession } from './session-sharing.ts'

const { session_key: key } = first(sessions)

const RUNS = { numRuns: 25 }

test('a session signed with the seed of its own key is written, and read as the same', () => {
  fc.assert(
    fc.property(arbitrarySession, arbitrarySeed, (unsigned, seed) => {
      const session = { ...unsigned, publicKey: ed25519PublicKey(seed) }
      const text = serialiseSessionSharing(signSession(session, seed))
      const read = parseSessionSharing(text)
      expect(read.index).toBe(session.index)
      expect(read.ratchet.expose()).toEqual(session.ratchet.expose())
      expect(sessionIdOf(read)).toBe(sessionIdOf(session))
      expect(serialiseSessionSharing(read)).toBe(text)
    }),
    RUNS,
  )
})

test('the signature is an Ed25519 signature over all before it', () => {
  const seed = new Uint8Array(32).fill(7)
  const session = { ...parseSessionSharing(key), publicKey: ed25519PublicKey(seed) }
  const { publicKey, signature } = signSession(session, seed)
  const written = decodeBase64(serialiseSessionSharing({ ...session, signature }))
  expect(ed25519Verify({ publicKey, message: written.slice(0, 165), signature })).toBe(true)
  expect(written.slice(165)).toEqual(signature)
})

test('a session signed with the seed of another key is refused', () => {
  fc.assert(
    fc.property(arbitrarySession, arbitrarySeed, (session, seed) => {
      const text = serialiseSessionSharing(signSession(session, seed))
      expect(caught(() => parseSessionSharing(text)).code).toBe('signature_mismatch')
    }),
    RUNS,
  )
})

test('a seed of the wrong length is a mistake of the caller', () => {
  const session = parseSessionSharing(key)
  expect(() => signSession(session, new Uint8Array(31))).toThrow(TypeError)
})

test('padding is accepted, and not written', () => {
  const padded = key.padEnd(Math.ceil(key.length / 4) * 4, '=')
  expect(serialiseSessionSharing(parseSessionSharing(padded))).toBe(key)
})

test('a character outside the alphabet is refused', () => {
  const foreign = [`_${key.slice(1)}`, ` ${key}`, `${key.slice(0, -1)}*`]
  for (const text of foreign)
    expect(caught(() => parseSessionSharing(text)).code).toBe('bad_base64')
})

test('the session-export format is refused', () => {
  const { session_key: exported } = first(exportedKeys)
  expect(caught(() => parseSessionSharing(exported)).code).toBe('unsupported_version')
})

test('a refused key is not quoted in the error', () => {
  const error = caught(() => parseSessionSharing(`${key.slice(0, -2)}AA`))
  expect(error.code).toBe('signature_mismatch')
  expect(error.message).not.toContain(key.slice(10, 20))
})

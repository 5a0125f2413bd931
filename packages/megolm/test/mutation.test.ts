/** Every byte of session keys and messages changed: what can be told, and what cannot. */
import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import { describe, expect, test } from 'vitest'
import { decrypt, parseSessionExport, parseSessionSharing, sessionIdOf } from '../src/index.ts'
import { caught } from './caught.ts'
import { exportedKeys, first, sessions } from './vectors.ts'

const MASKS = [0x01, 0x40, 0x80, 0xff]

function mutated(text: string, position: number, mask: number): string {
  const bytes = decodeBase64(text)
  bytes[position] = (bytes[position] ?? 0) ^ mask
  return encodeBase64(bytes)
}

/** Positions of a key, by the outcome that a function gives for the key with that byte changed. */
function byOutcome(
  length: number,
  outcomeAt: (position: number) => string,
): Record<string, number[]> {
  const outcomes: Record<string, number[]> = {}
  for (let position = 0; position < length; position++)
    (outcomes[outcomeAt(position)] ??= []).push(position)
  return outcomes
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

describe('the session-sharing format', () => {
  const { session_key: key } = first(sessions)

  test.each(MASKS)('is refused with any of its 229 bytes changed by mask %i', (mask) => {
    const outcomes = byOutcome(
      229,
      (position) => caught(() => parseSessionSharing(mutated(key, position, mask))).code,
    )
    expect(outcomes).toEqual({ unsupported_version: [0], signature_mismatch: range(1, 229) })
  })

  test.each(sessions)('is refused with any byte changed: session $session_id', (vector) => {
    const outcomes = byOutcome(
      229,
      (position) =>
        caught(() => parseSessionSharing(mutated(vector.session_key, position, 0x10))).code,
    )
    expect(outcomes).toEqual({ unsupported_version: [0], signature_mismatch: range(1, 229) })
  })

  test('is refused when cut off or lengthened', () => {
    const bytes = decodeBase64(key)
    for (const length of range(1, 229))
      expect(caught(() => parseSessionSharing(encodeBase64(bytes.slice(0, length)))).code).toBe(
        'bad_length',
      )
    expect(caught(() => parseSessionSharing(encodeBase64(Uint8Array.of(...bytes, 0)))).code).toBe(
      'bad_length',
    )
  })

  test('is refused with the signature of another session', () => {
    const [one, other] = sessions.map(({ session_key }) => decodeBase64(session_key))
    if (one === undefined || other === undefined) throw new TypeError('The vectors are too few')
    one.set(other.subarray(165), 165)
    expect(caught(() => parseSessionSharing(encodeBase64(one))).code).toBe('signature_mismatch')
  })
})

describe('the session-export format', () => {
  const { session_key: key, session_id: id } = first(exportedKeys)

  test('has no signature: a changed index or ratchet parses, and nothing in it can tell', () => {
    const outcomes = byOutcome(133, (position) =>
      position === 0 ? 'version' : sessionIdOf(parseSessionExport(mutated(key, position, 0x01))),
    )
    expect(outcomes).toEqual({ version: [0], [id]: range(1, 133) })
  })

  test('gives another session id with any byte of its public key changed', () => {
    const ids = range(133, 165).map((position) =>
      sessionIdOf(parseSessionExport(mutated(key, position, 0x01))),
    )
    expect(new Set([id, ...ids])).toHaveProperty('size', 33)
  })

  test.each(MASKS)('is refused with its version byte changed by mask %i', (mask) => {
    expect(caught(() => parseSessionExport(mutated(key, 0, mask))).code).toBe('unsupported_version')
  })

  test('is refused when cut off or lengthened', () => {
    const bytes = decodeBase64(key)
    for (const length of range(1, 165))
      expect(caught(() => parseSessionExport(encodeBase64(bytes.slice(0, length)))).code).toBe(
        'bad_length',
      )
    expect(caught(() => parseSessionExport(encodeBase64(Uint8Array.of(...bytes, 0)))).code).toBe(
      'bad_length',
    )
  })
})

describe.each(sessions)('the messages of session $session_id', (vector) => {
  const session = parseSessionSharing(vector.session_key)
  const SIGNATURE = ['signature_mismatch']
  /** Each check of a signature takes its time: the first sessions stand for the other masks. */
  const masks = sessions.indexOf(vector) < 3 ? [0x01, 0x80] : [0x01]
  const UNSIGNED = ['bad_message', 'bad_length', 'unsupported_version']

  test.each(vector.messages)('are refused with any byte of message $index changed', (message) => {
    const { length } = decodeBase64(message.ciphertext)
    for (let position = 0; position < length; position++)
      for (const mask of masks) {
        const text = mutated(message.ciphertext, position, mask)
        const { code } = caught(() => decrypt(session, text))
        // The last 72 bytes are no payload: only the signature can tell.
        expect(position < length - 72 ? [...SIGNATURE, ...UNSIGNED] : SIGNATURE).toContain(code)
      }
  })

  test('are refused with MAC and signature of one another', () => {
    const all = vector.messages.map(({ ciphertext }) => decodeBase64(ciphertext))
    for (const one of all)
      for (const other of all) {
        if (one === other) continue
        const spliced = Uint8Array.of(...one.slice(0, -72), ...other.slice(-72))
        const { code } = caught(() => decrypt(session, encodeBase64(spliced)))
        expect(code).toBe('signature_mismatch')
      }
  })

  test('are refused lengthened', () => {
    for (const { ciphertext } of vector.messages) {
      const text = encodeBase64(Uint8Array.of(...decodeBase64(ciphertext), 0))
      const { code } = caught(() => decrypt(session, text))
      expect([...SIGNATURE, ...UNSIGNED]).toContain(code)
    }
  })

  test('are refused by the other sessions', () => {
    for (const { session_key } of sessions.filter((other) => other !== vector))
      for (const { ciphertext } of vector.messages.slice(0, 2))
        expect(caught(() => decrypt(parseSessionSharing(session_key), ciphertext)).code).toBe(
          'signature_mismatch',
        )
  })
})

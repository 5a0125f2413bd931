/** Hostile inputs to every decoder: a typed error, or a value within its bounds. */
import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import { describe, expect, test } from 'vitest'
import {
  decodeMessage,
  MAX_INDEX,
  MegolmError,
  type MegolmErrorCode,
  type MegolmSession,
  parseSessionExport,
  parseSessionSharing,
} from '../src/index.ts'
import { exportedKeys, first, sessions } from './vectors.ts'

const INPUTS = 200_000
const SEED = 20_261_120

/** mulberry32: the same numbers on every run, from 0 to below the limit. */
function numbers(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

type Next = ReturnType<typeof numbers>

const randomBytes = (next: Next, length: number) => Uint8Array.from({ length }, () => next(256))

/** Bytes that are written to be read wrongly: long varints, great lengths, tags. */
const TELLING = [0x00, 0x01, 0x03, 0x08, 0x0a, 0x0f, 0x10, 0x12, 0x1b, 0x7f, 0x80, 0xff]

/** One change at a random place. */
function change(next: Next, bytes: Uint8Array): Uint8Array {
  const at = next(bytes.length + 1)
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)]
  switch (next(5)) {
    case 0:
      return Uint8Array.of(...before, next(256), ...after.subarray(1))
    case 1:
      return Uint8Array.of(...before, TELLING[next(TELLING.length)] ?? 0, ...after.subarray(1))
    case 2:
      return Uint8Array.of(...before, ...randomBytes(next, next(4)), ...after)
    case 3:
      return Uint8Array.of(...before, ...after.subarray(next(after.length + 1)))
    default:
      return before.slice()
  }
}

/** A valid input changed a few times, in its bytes or its text, or a random one. */
function hostile(next: Next, valid: readonly Uint8Array[]): string {
  const kind = next(10)
  if (kind === 0) return encodeBase64(randomBytes(next, next(300)))
  let bytes = valid[next(valid.length)] ?? new Uint8Array()
  for (let changes = next(4); changes >= 0; changes--) bytes = change(next, bytes)
  const text = encodeBase64(bytes)
  if (kind !== 1) return text
  const at = next(text.length + 1)
  return `${text.slice(0, at)}${String.fromCharCode(next(300))}${text.slice(at + next(2))}`
}

/** How often each outcome came: an error code, or "read". Anything but a typed error is thrown. */
function outcomes<T>(
  inputs: Iterable<string>,
  read: (text: string) => T,
  check: (value: T, text: string) => boolean,
): Partial<Record<MegolmErrorCode | 'read' | 'out_of_bounds', number>> {
  const counts: ReturnType<typeof outcomes> = {}
  for (const text of inputs) {
    const outcome = outcomeOf(() => (check(read(text), text) ? 'read' : 'out_of_bounds'))
    counts[outcome] = (counts[outcome] ?? 0) + 1
  }
  return counts
}

function outcomeOf<T>(run: () => T): T | MegolmErrorCode {
  try {
    return run()
  } catch (error) {
    if (error instanceof MegolmError) return error.code
    throw error
  }
}

/** So many hostile inputs, of those that are wanted. */
function* hostileInputs(
  valid: readonly string[],
  isWanted: (text: string) => boolean = () => true,
): Generator<string> {
  const next = numbers(SEED)
  const bytes = valid.map(decodeBase64)
  for (let inputs = 0; inputs < INPUTS;) {
    const text = hostile(next, bytes)
    if (!isWanted(text)) continue
    inputs += 1
    yield text
  }
}

const isSession = ({ index, ratchet, publicKey }: MegolmSession): boolean =>
  index >= 0 && index <= MAX_INDEX && ratchet.expose().length === 128 && publicKey.length === 32

describe('hostile inputs end in a typed error or in a value within bounds:', () => {
  test('messages', () => {
    const valid = sessions.flatMap(({ messages }) => messages.map(({ ciphertext }) => ciphertext))
    const counts = outcomes(hostileInputs(valid), decodeMessage, (message, text) => {
      const { index, ciphertext, authenticated, signed } = message
      const isBounded = ciphertext.length < text.length && authenticated.length < signed.length
      return isBounded && Number.isInteger(index) && index >= 0 && index <= MAX_INDEX
    })
    expect(counts.out_of_bounds).toBeUndefined()
    for (const code of ['read', 'bad_message', 'bad_base64', 'bad_length'] as const)
      expect(counts[code]).toBeGreaterThan(1000)
  })

  test('session-export keys', () => {
    const valid = exportedKeys.map(({ session_key }) => session_key)
    const counts = outcomes(hostileInputs(valid), parseSessionExport, isSession)
    expect(counts.out_of_bounds).toBeUndefined()
    for (const code of ['read', 'bad_length', 'bad_base64', 'unsupported_version'] as const)
      expect(counts[code]).toBeGreaterThan(1000)
  })

  test('session-sharing keys', () => {
    const valid = sessions.map(({ session_key }) => session_key)
    const { length } = first(valid)
    let checksLeft = 1000
    // Whatever keeps the layout costs the check of a signature; a thousand of them is enough.
    const isWanted = (text: string) =>
      text.length !== length || !text.startsWith('Ag') || checksLeft-- > 0
    const counts = outcomes(hostileInputs(valid, isWanted), parseSessionSharing, isSession)
    expect(counts.out_of_bounds).toBeUndefined()
    for (const code of ['bad_length', 'bad_base64', 'unsupported_version'] as const)
      expect(counts[code]).toBeGreaterThan(1000)
    expect(counts.signature_mismatch).toBeGreaterThan(100)
  })
})

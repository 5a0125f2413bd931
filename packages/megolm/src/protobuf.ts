/**
 * The part of Protocol Buffers that Megolm messages use: varints, byte strings, and skipping the rest.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
import type { Bytes } from '@roomkeys/crypto/bytes'
import { MegolmError } from './errors.ts'

/** A place in bytes; reading returns the place after. */
interface Read<T> {
  readonly value: T
  readonly next: number
}

/** A field: its tag, which is number and wire type, and where its value starts. */
export interface Field {
  /** The number times 8, plus the wire type. */
  readonly tag: number
  /** Where the value starts. */
  readonly at: number
}

/** The wire type of varints. */
export const VARINT = 0
/** The wire type of byte strings. */
export const LENGTH_DELIMITED = 2
const FIXED_64 = 1
const FIXED_32 = 5

/** A 32-bit value takes at most 5 groups of 7 bits, a 64-bit value 10. */
const U32_GROUPS = 5
const U64_GROUPS = 10

/** The error of a payload that cannot be read. */
export const damaged = (what: string): MegolmError =>
  new MegolmError('bad_message', `The payload of the message ${what}`)

/** The place after a varint of at most that many bytes. */
function endOfVarint(bytes: Bytes, at: number, groups: number): number {
  for (let next = at; next < at + groups; next++) {
    const byte = bytes[next]
    if (byte === undefined) throw damaged('ends inside a value')
    if (byte < 0x80) return next + 1
  }
  throw damaged('has a number that is too long')
}

/**
 * Reads an unsigned varint of 32 bits.
 *
 * @throws MegolmError `bad_message` when it ends early, is longer than 5 bytes or exceeds 2^32 − 1
 */
export function readU32(bytes: Bytes, at: number): Read<number> {
  const next = endOfVarint(bytes, at, U32_GROUPS)
  let value = 0
  // Multiplication, because a shift would wrap what exceeds 32 bits.
  for (let from = next - 1; from >= at; from--) value = value * 128 + ((bytes[from] ?? 0) & 0x7f)
  if (value > 0xffffffff) throw damaged('has a number above 2^32 - 1')
  return { value, next }
}

/** The place after so many bytes. */
function skip(bytes: Bytes, at: number, length: number): number {
  if (length > bytes.length - at) throw damaged('ends inside a value')
  return at + length
}

/**
 * Reads a byte string, as a view.
 *
 * @throws MegolmError `bad_message` when it ends early
 */
export function readBytes(bytes: Bytes, at: number): Read<Bytes> {
  const { value: length, next: start } = readU32(bytes, at)
  const next = skip(bytes, start, length)
  return { value: bytes.subarray(start, next), next }
}

/**
 * Reads the tag of a field.
 *
 * @throws MegolmError `bad_message`
 */
export function readField(bytes: Bytes, at: number): Field {
  const { value: tag, next } = readU32(bytes, at)
  if (tag < 8) throw damaged('has a field without a number')
  return { tag, at: next }
}

/**
 * The place after the value of a field that is not known.
 *
 * @throws MegolmError `bad_message` when it ends early, or has a wire type that proto3 does not write
 */
export function skipField(bytes: Bytes, { tag, at }: Field): number {
  switch (tag & 7) {
    case VARINT:
      return endOfVarint(bytes, at, U64_GROUPS)
    case FIXED_64:
      return skip(bytes, at, 8)
    case LENGTH_DELIMITED:
      return readBytes(bytes, at).next
    case FIXED_32:
      return skip(bytes, at, 4)
    default:
      throw damaged('has a field of an unknown wire type')
  }
}

/** Writes an unsigned varint of 32 bits, in as few bytes as it takes. */
export function varint(value: number): readonly number[] {
  const groups: number[] = []
  let rest = value
  for (; rest >= 0x80; rest >>>= 7) groups.push((rest & 0x7f) | 0x80)
  return [...groups, rest]
}

/**
 * Inbound group sessions as vodozemac pickles them: JSON, bytes in it as arrays of numbers.
 *
 * @see https://github.com/matrix-org/vodozemac/blob/main/src/megolm/inbound_group_session.rs
 */
import { assertBytes, type Bytes, fromUtf8 } from '@roomkeys/crypto/bytes'
import { SecretBytes } from '@roomkeys/crypto/secret'
import * as v from 'valibot'
import { openPickle } from './encryption.ts'
import { PickleError } from './errors.ts'
import type { UnpickledSession } from './unpickled-session.ts'

const PICKLE_KEY_LENGTH = 32

/** The one configuration of sessions in Matrix; another one has another MAC on its messages. */
const CONFIG_VERSION = 'V1'

function integerUpTo(max: number): v.GenericSchema<unknown, number> {
  return v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(max))
}

function bytesSchema(length: number): v.GenericSchema<unknown, readonly number[]> {
  return v.pipe(v.array(integerUpTo(0xff)), v.length(length))
}

const pickleSchema = v.object({
  initial_ratchet: v.object({ inner: bytesSchema(128), counter: integerUpTo(0xffff_ffff) }),
  signing_key: bytesSchema(32),
  signing_key_verified: v.boolean(),
  // Absent in old pickles.
  config: v.optional(v.object({ version: v.string() }), { version: CONFIG_VERSION }),
})

/**
 * Reads the JSON of a vodozemac pickle, which stores that encrypt by their own means hold as it is.
 *
 * @throws PickleError `malformed` or `unsupported_version`
 */
export function parseVodozemacPickle(value: unknown): UnpickledSession {
  const result = v.safeParse(pickleSchema, value)
  // The issues stay inside: they quote what was read, and that is the ratchet.
  if (!result.success)
    throw new PickleError('malformed', 'The pickle does not hold an inbound group session')
  const { initial_ratchet, signing_key, signing_key_verified, config } = result.output
  if (config.version !== CONFIG_VERSION)
    throw new PickleError('unsupported_version', 'The session is of another version of Megolm')
  const session = {
    index: initial_ratchet.counter,
    ratchet: new SecretBytes(Uint8Array.from(initial_ratchet.inner)),
    publicKey: Uint8Array.from(signing_key),
  }
  return { session, signingKeyVerified: signing_key_verified }
}

function parseJson(bytes: Bytes): unknown {
  try {
    return JSON.parse(fromUtf8(bytes))
  } catch {
    // The cause is dropped on purpose: JSON.parse quotes what it read, and that is the ratchet.
    throw new PickleError('malformed', 'The pickle does not hold JSON')
  }
}

/**
 * Reads an inbound group session that vodozemac pickled and encrypted.
 *
 * @param pickleKey - 32 bytes
 * @throws PickleError
 * @throws TypeError for a pickle key of another length
 */
export function unpickleVodozemac(pickle: string, pickleKey: Uint8Array): UnpickledSession {
  const bytes = openPickle(pickle, assertBytes(pickleKey, PICKLE_KEY_LENGTH, 'pickleKey'))
  try {
    return parseVodozemacPickle(parseJson(bytes))
  } finally {
    bytes.fill(0)
  }
}

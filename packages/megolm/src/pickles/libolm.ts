/**
 * Inbound group sessions as libolm pickles them.
 *
 * Version (4 bytes, big-endian), initial ratchet (128) and its index (4), latest ratchet (128) and its
 * index (4), Ed25519 public key (32), and in version 2 whether that key was verified (1).
 *
 * @see https://gitlab.matrix.org/matrix-org/olm/blob/master/src/inbound_group_session.c
 */
import type { Bytes } from '@roomkeys/crypto/bytes'
import { SecretBytes } from '@roomkeys/crypto/secret'
import { openPickle } from './encryption.ts'
import { PickleError } from './errors.ts'
import type { UnpickledSession } from './unpickled-session.ts'

const RATCHET_OFFSET = 4
const INDEX_OFFSET = RATCHET_OFFSET + 128
const LATEST_OFFSET = INDEX_OFFSET + 4
const PUBLIC_KEY_OFFSET = LATEST_OFFSET + 128 + 4
const VERIFIED_OFFSET = PUBLIC_KEY_OFFSET + 32

/** Length by version. Version 1 knew signed sessions alone, so their keys were verified. */
const LENGTHS: ReadonlyMap<number, number> = new Map([
  [1, VERIFIED_OFFSET],
  [2, VERIFIED_OFFSET + 1],
])

function assertLayout(bytes: Bytes, view: DataView): void {
  const version = bytes.length < RATCHET_OFFSET ? undefined : view.getUint32(0)
  const length = version === undefined ? undefined : LENGTHS.get(version)
  if (length === undefined)
    throw new PickleError(
      'unsupported_version',
      `The pickle has version ${version ?? 'none'}, where 1 or 2 is expected`,
    )
  if (bytes.length !== length)
    throw new PickleError(
      'bad_length',
      `The pickle holds ${bytes.length} bytes, where an inbound session has ${length}`,
    )
}

function readVerified(flag: number | undefined): boolean {
  if (flag !== undefined && flag > 1)
    throw new PickleError('malformed', 'The pickle has a flag that is neither 0 nor 1')
  return flag !== 0
}

/**
 * Reads what a libolm pickle holds once it is decrypted.
 *
 * @throws PickleError `unsupported_version`, `bad_length` or `malformed`
 */
export function parseLibolmPickle(bytes: Bytes): UnpickledSession {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  assertLayout(bytes, view)
  const signingKeyVerified = readVerified(bytes[VERIFIED_OFFSET])
  const session = {
    index: view.getUint32(INDEX_OFFSET),
    ratchet: new SecretBytes(bytes.subarray(RATCHET_OFFSET, INDEX_OFFSET)),
    publicKey: bytes.slice(PUBLIC_KEY_OFFSET, VERIFIED_OFFSET),
  }
  return { session, signingKeyVerified }
}

/**
 * Reads an inbound group session that libolm pickled, in version 1 or 2.
 *
 * @param pickleKey - of any length; where libolm was given a text, its UTF-8 bytes
 * @throws PickleError
 */
export function unpickleLibolm(pickle: string, pickleKey: Uint8Array): UnpickledSession {
  const bytes = openPickle(pickle, pickleKey)
  try {
    return parseLibolmPickle(bytes)
  } finally {
    bytes.fill(0)
  }
}

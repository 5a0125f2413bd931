/**
 * A group message: version 0x03, payload, MAC (8 bytes), Ed25519 signature (64); unpadded base64. The
 * payload is Protocol Buffers: field 1 the index (varint), field 2 the ciphertext.
 *
 * MAC and signature cover the bytes as they came, so that a field which is not known here is covered
 * too. Of a field that comes twice the last one counts, as Protocol Buffers has it and as libolm and
 * vodozemac read it. Both fields must be there, as libolm has it: a missing index is not index 0.
 *
 * @see https://gitlab.matrix.org/matrix-org/olm/blob/master/docs/megolm.md#message-format
 */
import { type Bytes, concatBytes } from '@roomkeys/crypto/bytes'
import { ED25519_SIGNATURE_LENGTH } from '@roomkeys/crypto/ed25519'
import { decodeText } from './decode-text.ts'
import { MegolmError } from './errors.ts'
import {
  damaged,
  LENGTH_DELIMITED,
  readBytes,
  readField,
  readU32,
  skipField,
  VARINT,
  varint,
} from './protobuf.ts'

const VERSION = 3
/** Length of the truncated MAC, in bytes. */
export const MAC_LENGTH = 8
const SUFFIX_LENGTH = MAC_LENGTH + ED25519_SIGNATURE_LENGTH

/** Field 1, a varint. */
const INDEX_TAG = (1 << 3) | VARINT
/** Field 2, a byte string. */
const CIPHERTEXT_TAG = (2 << 3) | LENGTH_DELIMITED

/** What a payload holds. */
export interface MessagePayload {
  /** The message index, 0 to 2^32 − 1. */
  readonly index: number
  readonly ciphertext: Bytes
}

/** A group message, decoded; nothing in it is verified. */
export interface GroupMessage extends MessagePayload {
  /** What the MAC covers: version and payload. */
  readonly authenticated: Bytes
  /** 8 bytes. */
  readonly mac: Bytes
  /** What the signature covers: version, payload and MAC. */
  readonly signed: Bytes
  /** 64 bytes. */
  readonly signature: Bytes
}

function readPayload(bytes: Bytes): MessagePayload {
  let index: number | undefined
  let ciphertext: Bytes | undefined
  for (let at = 0; at < bytes.length;) {
    const { tag, at: valueAt } = readField(bytes, at)
    if (tag === INDEX_TAG) ({ value: index, next: at } = readU32(bytes, valueAt))
    else if (tag === CIPHERTEXT_TAG) ({ value: ciphertext, next: at } = readBytes(bytes, valueAt))
    else if (tag >>> 3 <= 2) throw damaged('has a field of the wrong wire type')
    else at = skipField(bytes, { tag, at: valueAt })
  }
  if (index === undefined || ciphertext === undefined)
    throw damaged('lacks its index or its ciphertext')
  return { index, ciphertext }
}

/**
 * Decodes a group message.
 *
 * @throws MegolmError `bad_base64`, `unsupported_version`, `bad_length` or `bad_message`
 */
export function decodeMessage(text: string): GroupMessage {
  const bytes = decodeText(text, { what: 'message', version: VERSION })
  const macAt = bytes.length - SUFFIX_LENGTH
  if (macAt < 1) throw new MegolmError('bad_length', `The message has only ${bytes.length} bytes`)
  const signatureAt = macAt + MAC_LENGTH
  return {
    ...readPayload(bytes.subarray(1, macAt)),
    authenticated: bytes.subarray(0, macAt),
    mac: bytes.subarray(macAt, signatureAt),
    signed: bytes.subarray(0, signatureAt),
    signature: bytes.subarray(signatureAt),
  }
}

/** Writes version and payload: what the MAC of a message covers. */
export function encodePayload({ index, ciphertext }: MessagePayload): Bytes {
  const indexField = [INDEX_TAG, ...varint(index)]
  const head = [VERSION, ...indexField, CIPHERTEXT_TAG, ...varint(ciphertext.length)]
  return concatBytes(Uint8Array.from(head), ciphertext)
}

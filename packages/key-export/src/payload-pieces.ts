/** A payload in pieces: what it says in the clear, ciphertext, MAC. */
import { type Bytes, concatBytes } from '@roomkeys/crypto/bytes'
import { LINE_BYTES } from './armor.ts'
import { cut } from './cut.ts'
import { KeyExportError } from './errors.ts'
import { HEADER_LENGTH, MAC_LENGTH, parsePayloadHeader, type PayloadHeader } from './payload.ts'

/** Length of a piece of ciphertext but for the last, in bytes: whole AES blocks, and whole lines. */
export const PIECE_LENGTH: number = LINE_BYTES * 16 * 72

/** A part of a payload, in this order; there may be any number of pieces of ciphertext. */
export type PayloadPiece =
  | { readonly kind: 'header'; readonly header: PayloadHeader; readonly bytes: Bytes }
  | { readonly kind: 'ciphertext'; readonly bytes: Bytes }
  | { readonly kind: 'mac'; readonly bytes: Bytes }

/** A header, or why there is none. */
type HeaderResult = { readonly header: PayloadHeader } | { readonly fault: KeyExportError }

function readHeader(beginning: Bytes): HeaderResult {
  try {
    return { header: parsePayloadHeader(beginning) }
  } catch (error) {
    if (!(error instanceof KeyExportError)) throw error
    return { fault: error }
  }
}

/**
 * Takes a payload apart. The source is read to its end before anything is said to be wrong with the
 * bytes, so that what is wrong with the text comes first.
 *
 * @throws KeyExportError `too_short` or `unsupported_version`
 */
export async function* payloadPieces(
  payload: AsyncIterable<Uint8Array>,
): AsyncGenerator<PayloadPiece, void, void> {
  let result: HeaderResult | null = null
  // The last bytes are the MAC, so as many are held back until the end is known.
  let held: Bytes = new Uint8Array()
  for await (const piece of cut(payload, {
    first: HEADER_LENGTH + MAC_LENGTH,
    then: PIECE_LENGTH,
  })) {
    if (result === null) {
      result = readHeader(piece)
      held = piece.slice(HEADER_LENGTH)
      if ('header' in result)
        yield { kind: 'header', header: result.header, bytes: piece.slice(0, HEADER_LENGTH) }
    } else if ('header' in result) {
      const bytes = concatBytes(held, piece)
      held = bytes.slice(-MAC_LENGTH)
      yield { kind: 'ciphertext', bytes: bytes.slice(0, -MAC_LENGTH) }
    }
  }
  result ??= readHeader(held)
  if ('fault' in result) throw result.fault
  yield { kind: 'mac', bytes: held }
}

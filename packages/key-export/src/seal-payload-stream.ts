/** Sealing a payload piece by piece, without policy. */
import { aesCtr } from '@roomkeys/crypto/aes'
import type { Bytes } from '@roomkeys/crypto/bytes'
import { incrementalHmacSha256 } from '@roomkeys/crypto/hmac'
import { counterAfter } from './counter.ts'
import { cut } from './cut.ts'
import { PIECE_LENGTH } from './payload-pieces.ts'
import { type PayloadHeader, type PayloadKeys, serialisePayloadHeader } from './payload.ts'

/**
 * Encrypts a payload. Together the pieces are what `sealPayload` gives.
 *
 * @param plaintext - in pieces of any length
 */
export async function* sealPayloadStream(
  plaintext: AsyncIterable<Uint8Array>,
  header: PayloadHeader,
  { aesKey, macKey }: PayloadKeys,
): AsyncGenerator<Bytes, void, void> {
  const hmac = incrementalHmacSha256(macKey)
  const authenticated = (bytes: Bytes): Bytes => {
    hmac.update(bytes)
    return bytes
  }
  yield authenticated(serialisePayloadHeader(header))
  let length = 0
  for await (const piece of cut(plaintext, { first: PIECE_LENGTH, then: PIECE_LENGTH })) {
    const iv = counterAfter(header.iv, length)
    yield authenticated(aesCtr({ key: aesKey, iv }, piece))
    length += piece.length
    piece.fill(0)
  }
  yield hmac.tag()
}

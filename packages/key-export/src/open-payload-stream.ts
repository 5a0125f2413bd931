/**
 * Opening a payload that comes in pieces.
 *
 * The MAC stands at the end, so the payload is read twice: once to check it, once to decrypt. The
 * first reading notes a MAC of all before it at every piece, and the second releases no piece that
 * departs: a source that changes in between gives an error, and not one byte that was not checked.
 */
import { aesCtr } from '@roomkeys/crypto/aes'
import { type Bytes, equalBytes } from '@roomkeys/crypto/bytes'
import { type IncrementalHmac, incrementalHmacSha256 } from '@roomkeys/crypto/hmac'
import { counterAfter } from './counter.ts'
import { KeyExportError } from './errors.ts'
import type { PayloadPiece } from './payload-pieces.ts'
import { type PayloadHeader, type PayloadKeys, PROBE_LENGTH, refusalOf } from './payload.ts'

/** A payload whose MAC is right, and what its second reading is held to. */
export interface CheckedPayload {
  readonly header: PayloadHeader
  readonly keys: PayloadKeys
  /** MACs of all up to and with the header and each piece of ciphertext. */
  readonly tags: readonly Bytes[]
}

/** Gives the keys of a payload; may refuse its header. */
export type KeysOf = (header: PayloadHeader) => Promise<PayloadKeys>

function tagged(hmac: IncrementalHmac, bytes: Uint8Array): Bytes {
  hmac.update(bytes)
  return hmac.tag()
}

interface Opening {
  readonly header: PayloadHeader
  readonly keys: PayloadKeys
  readonly hmac: IncrementalHmac
}

async function beginWith(header: PayloadHeader, keysOf: KeysOf): Promise<Opening | KeyExportError> {
  try {
    const keys = await keysOf(header)
    return { header, keys, hmac: incrementalHmacSha256(keys.macKey) }
  } catch (error) {
    if (error instanceof KeyExportError) return error
    throw error
  }
}

function assertMac(mac: Bytes, { header, keys, hmac }: Opening, probe: Bytes | null): void {
  if (equalBytes(hmac.tag(), mac)) return
  throw refusalOf({ iv: header.iv, ciphertext: probe ?? new Uint8Array() }, keys)
}

/**
 * Checks a payload to its end.
 *
 * @throws KeyExportError `wrong_passphrase` or `damaged`, as `openPayload` does, and what `keysOf`
 * throws
 */
export async function checkPayload(
  pieces: AsyncIterable<PayloadPiece>,
  keysOf: KeysOf,
): Promise<CheckedPayload> {
  let opening: Opening | KeyExportError | null = null
  let probe: Bytes | null = null
  const tags: Bytes[] = []
  for await (const piece of pieces) {
    if (piece.kind === 'header') opening = await beginWith(piece.header, keysOf)
    // A refused header is thrown at the end: what is wrong with the text comes first.
    if (opening === null || opening instanceof KeyExportError) continue
    if (piece.kind === 'mac') assertMac(piece.bytes, opening, probe)
    else tags.push(tagged(opening.hmac, piece.bytes))
    if (piece.kind === 'ciphertext' && probe === null) probe = piece.bytes.slice(0, PROBE_LENGTH)
  }
  if (opening === null) throw new TypeError('pieces must begin with a header')
  if (opening instanceof KeyExportError) throw opening
  return { header: opening.header, keys: opening.keys, tags }
}

function changed(): KeyExportError {
  return new KeyExportError('source_changed', 'The file changed while it was being read')
}

/**
 * Decrypts a checked payload, from its beginning.
 *
 * @returns plaintext in pieces, which the caller may overwrite
 * @throws KeyExportError `source_changed` when these are not the bytes that were checked
 */
export async function* decryptChecked(
  pieces: AsyncIterable<PayloadPiece>,
  { header, keys, tags }: CheckedPayload,
): AsyncGenerator<Bytes, void, void> {
  const hmac = incrementalHmacSha256(keys.macKey)
  let position = 0
  let length = 0
  for await (const { kind, bytes } of pieces) {
    if (kind === 'mac') continue
    const expected = tags[position++]
    if (expected === undefined || !equalBytes(tagged(hmac, bytes), expected)) throw changed()
    if (kind === 'header') continue
    yield aesCtr({ key: keys.aesKey, iv: counterAfter(header.iv, length) }, bytes)
    length += bytes.length
  }
  if (position !== tags.length) throw changed()
}

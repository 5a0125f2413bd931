/**
 * Decrypting a file, verified: nothing is released before the hash of the whole ciphertext is known
 * to be right.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#sending-encrypted-attachments
 */
import { type Bytes, equalBytes, joinBytes } from '@roomkeys/crypto/bytes'
import type { EncryptedFile } from './encrypted-file.ts'
import { AttachmentError } from './errors.ts'
import { assertExpected, assertNotTooLong, type Expected, startHashCheck } from './hash-check.ts'
import { type Keystream, keystreamOf } from './keystream.ts'
import { type PieceReader, readPieces, wholePieces } from './pieces.ts'
import { openFile } from './parse-file.ts'
import { platformPrimitives, type Primitives } from './primitives.ts'
import { type Stage, through } from './through.ts'

/** How a file is decrypted. */
export interface DecryptOptions {
  /** Provider of AES and SHA-256; the platform's where there is one, by default. */
  readonly primitives?: Primitives
  /** Length of the file in bytes, e.g. `info.size` of the event: tells a cut download from a changed one. */
  readonly size?: number
}

/** How a stream is decrypted. */
export interface DecryptStreamOptions extends DecryptOptions {
  /** Aborts reading with its reason. */
  readonly signal?: AbortSignal
}

/** What it takes to decrypt a file. */
export interface Decryption {
  readonly keystream: Keystream
  readonly expected: Expected
  readonly primitives: Primitives
}

/**
 * Checks an argument that counts bytes.
 *
 * @throws TypeError naming it
 */
export function assertLength(value: number, title: string): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new TypeError(`${title} must be an integer from 0`)
}

/**
 * Checks a description and prepares the decryption of its file.
 *
 * @throws AttachmentError when the description is not usable
 */
export function prepareDecryption(file: EncryptedFile, options: DecryptOptions): Decryption {
  const { primitives = platformPrimitives(), size } = options
  if (size !== undefined) assertLength(size, 'size')
  const secrets = openFile(file)
  const keystream = keystreamOf(secrets, primitives)
  return { keystream, expected: { sha256: secrets.sha256, size }, primitives }
}

/**
 * Decrypts a file that is in memory.
 *
 * @throws AttachmentError when the description is not usable, or the ciphertext not the right one
 */
export async function decryptAttachment(
  ciphertext: Uint8Array,
  file: EncryptedFile,
  options: DecryptOptions = {},
): Promise<Bytes> {
  const { keystream, expected, primitives } = prepareDecryption(file, options)
  // A copy, so that nobody changes the bytes between hashing and decrypting them.
  const own = new Uint8Array(ciphertext)
  assertExpected(expected, own.length, await primitives.sha256(own))
  return keystream(0, own)
}

/** The most ciphertext that {@link decryptAttachmentBuffered} holds unless told otherwise: 100 MiB. */
export const MAX_BUFFERED_LENGTH: number = 100 * 1024 * 1024

/** How a stream is decrypted that can be read once only. */
export interface DecryptBufferedOptions extends DecryptStreamOptions {
  /** The most ciphertext that is held, in bytes; {@link MAX_BUFFERED_LENGTH} by default. */
  readonly maxLength?: number
}

async function collect(reader: PieceReader, expected: Expected, maxLength: number): Promise<Bytes> {
  const pieces: Bytes[] = []
  let length = 0
  for (let piece = await reader.next(); piece !== null; piece = await reader.next()) {
    length += piece.length
    assertNotTooLong(expected, length)
    if (length > maxLength)
      throw new AttachmentError('over_limit', `The ciphertext is longer than ${maxLength} bytes`)
    pieces.push(piece)
  }
  return joinBytes(pieces)
}

/** Reads, and tells the source when something about it is wrong. */
async function reading<T>(reader: PieceReader, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    // The error at hand is what is reported, not what the source says to being cancelled.
    reader.cancel(error).catch(() => undefined)
    throw error
  }
}

/**
 * Decrypts a stream that can be read once only: all of it is held in memory until it is verified.
 *
 * @throws AttachmentError; `over_limit` when there is more than may be held
 * @throws the signal's reason when it is aborted, and whatever the stream fails with
 */
export async function decryptAttachmentBuffered(
  ciphertext: ReadableStream<Uint8Array>,
  file: EncryptedFile,
  options: DecryptBufferedOptions = {},
): Promise<Bytes> {
  const { maxLength = MAX_BUFFERED_LENGTH, signal } = options
  assertLength(maxLength, 'maxLength')
  const { keystream, expected, primitives } = prepareDecryption(file, options)
  const reader = readPieces(ciphertext, signal)
  const whole = await reading(reader, () => collect(reader, expected, maxLength))
  assertExpected(expected, whole.length, await primitives.sha256(whole))
  return keystream(0, whole)
}

/** Opens the ciphertext; called twice. */
export type OpenCiphertext = () => ReadableStream<Uint8Array> | Promise<ReadableStream<Uint8Array>>

/** The hash of each piece of a ciphertext that is verified as a whole. */
async function verifiedPieces(
  stream: ReadableStream<Uint8Array>,
  { expected, primitives }: Decryption,
  signal: AbortSignal | undefined,
): Promise<readonly Bytes[]> {
  const reader = readPieces(stream, signal)
  const next = wholePieces(reader.next)
  const check = startHashCheck(expected, primitives)
  return reading(reader, async () => {
    const hashes: Bytes[] = []
    for (let piece = await next(); piece !== null; piece = await next()) {
      const hashing = primitives.sha256(piece)
      // The platform may work on the one hash while the other is computed here.
      const checking = Promise.resolve(piece).then(check.update)
      const [hash] = await Promise.all([hashing, checking])
      hashes.push(hash)
    }
    check.finish()
    return hashes
  })
}

function sourceChanged(): AttachmentError {
  return new AttachmentError('source_changed', 'The source gave other bytes on the second reading')
}

/** Decrypts pieces that have to be the same as before. */
function sameAgain(hashes: readonly Bytes[], { keystream, primitives }: Decryption): Stage {
  let done = 0
  let offset = 0
  return {
    step: async (piece) => {
      const expected = hashes[done++]
      if (expected === undefined || !equalBytes(expected, await primitives.sha256(piece)))
        throw sourceChanged()
      const plaintext = await keystream(offset, piece)
      offset += piece.length
      return plaintext
    },
    end: () => {
      if (done !== hashes.length) throw sourceChanged()
    },
  }
}

/**
 * Decrypts a stream that can be opened twice, in bounded memory: the first reading verifies the hash,
 * the second releases plaintext. The second must give the same bytes as the first, which is checked
 * before each piece of it is released: a server may answer twice differently.
 *
 * @throws AttachmentError when the description is not usable, or the first reading not the right one
 * @throws the signal's reason when it is aborted, and whatever the source fails with
 * @returns the plaintext; it fails with AttachmentError `source_changed` where the readings differ
 */
export async function decryptAttachmentStream(
  open: OpenCiphertext,
  file: EncryptedFile,
  options: DecryptStreamOptions = {},
): Promise<ReadableStream<Bytes>> {
  const { signal } = options
  const decryption = prepareDecryption(file, options)
  signal?.throwIfAborted()
  const hashes = await verifiedPieces(await open(), decryption, signal)
  const reader = readPieces(await open(), signal)
  return through({ ...reader, next: wholePieces(reader.next) }, sameAgain(hashes, decryption))
}

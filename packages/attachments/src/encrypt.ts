/**
 * Encrypting a file: as a whole, or as a stream of any length in bounded memory.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#sending-encrypted-attachments
 */
import type { Bytes, RandomBytes } from '@roomkeys/crypto/bytes'
import type { EncryptedFile } from './encrypted-file.ts'
import { AttachmentError } from './errors.ts'
import { keystreamOf } from './keystream.ts'
import { readPieces } from './pieces.ts'
import { platformPrimitives, type Primitives } from './primitives.ts'
import { describeFile, newSecrets } from './secrets.ts'
import { through } from './through.ts'

/** How a file is encrypted. */
export interface EncryptOptions {
  /** Source of the key and then of the iv; the platform's by default. Never give the same twice. */
  readonly random?: RandomBytes
  /** Provider of AES and SHA-256; the platform's where there is one, by default. */
  readonly primitives?: Primitives
}

/** An encrypted file. */
export interface EncryptedAttachment {
  /** What is uploaded; as long as the plaintext. */
  readonly ciphertext: Bytes
  /** What decrypts it; goes into the encrypted event, with the `url` of the upload. */
  readonly file: EncryptedFile
}

/** Encrypts a file that is in memory. */
export async function encryptAttachment(
  plaintext: Uint8Array,
  options: EncryptOptions = {},
): Promise<EncryptedAttachment> {
  const { random, primitives = platformPrimitives() } = options
  const secrets = newSecrets(random)
  const ciphertext = await keystreamOf(secrets, primitives)(0, new Uint8Array(plaintext))
  return { ciphertext, file: describeFile(secrets, await primitives.sha256(ciphertext)) }
}

/** How a stream is encrypted. */
export interface EncryptStreamOptions extends EncryptOptions {
  /** Aborts the stream with its reason. */
  readonly signal?: AbortSignal
}

/** A file that is being encrypted. */
export interface EncryptingStream {
  /** What is uploaded; as long as the plaintext. */
  readonly readable: ReadableStream<Bytes>
  /**
   * What decrypts it, once `readable` has been read to its end. Rejects with what made the stream
   * fail, or with AttachmentError `cancelled`.
   */
  readonly finished: Promise<EncryptedFile>
}

interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

function deferred<T>(): Deferred<T> {
  let settle: Pick<Deferred<T>, 'resolve' | 'reject'> | undefined
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject }
  })
  if (settle === undefined) throw new TypeError('Promise did not call its executor')
  return { promise, ...settle }
}

/** Encrypts a stream as it is read: nothing is held but the piece in work, at most 256 KiB. */
export function encryptAttachmentStream(
  plaintext: ReadableStream<Uint8Array>,
  options: EncryptStreamOptions = {},
): EncryptingStream {
  const { random, primitives = platformPrimitives(), signal } = options
  const secrets = newSecrets(random)
  const keystream = keystreamOf(secrets, primitives)
  const hash = primitives.startSha256()
  let offset = 0
  const { promise, resolve, reject } = deferred<EncryptedFile>()
  // The stream itself fails with the same error, so nobody has to look at the promise too.
  promise.catch(() => undefined)
  const readable = through(readPieces(plaintext, signal), {
    step: async (piece) => {
      const ciphertext = await keystream(offset, piece)
      offset += piece.length
      hash.update(ciphertext)
      return ciphertext
    },
    end: () => {
      resolve(describeFile(secrets, hash.digest()))
    },
    fail: reject,
    cancel: (cause) => {
      reject(new AttachmentError('cancelled', 'The ciphertext was not read to its end', { cause }))
    },
  })
  return { readable, finished: promise }
}

/** A bundle as a file: encrypted as an attachment, described in a to-device event, opened again. */
import {
  AttachmentError,
  decryptAttachment,
  decryptAttachmentBuffered,
  encryptAttachment,
  type EncryptedAttachment,
  type EncryptedFile,
  type EncryptOptions,
  parseUploadedFile,
  type Primitives,
} from '@roomkeys/attachments'
import { parseWire, WireShapeError } from '@roomkeys/types'
import { KeyBundleError } from './errors.ts'
import { type ReadBundle, type ReadOptions, readRoomKeyBundle } from './read.ts'
import {
  type RoomKeyBundle,
  type RoomKeyBundleContent,
  roomKeyBundleContentSchema,
} from './wire.ts'

/** Encrypts a bundle. The ciphertext is uploaded; the file goes into {@link roomKeyBundleContent}. */
export function encryptRoomKeyBundle(
  bundle: RoomKeyBundle,
  options?: EncryptOptions,
): Promise<EncryptedAttachment> {
  return encryptAttachment(new TextEncoder().encode(JSON.stringify(bundle)), options)
}

/** Where a bundle was uploaded to, and the room that it is for. */
export interface UploadedBundle {
  readonly roomId: string
  /** `mxc://` URL of the upload. */
  readonly url: string
}

/** The content of the to-device event about an uploaded bundle. */
export function roomKeyBundleContent(
  file: EncryptedFile,
  { roomId, url }: UploadedBundle,
): RoomKeyBundleContent {
  return { room_id: roomId, file: { ...file, url } }
}

/**
 * Reads the content of the to-device event; the same object is returned. Both names of its type have
 * the same content.
 *
 * @throws KeyBundleError `malformed_content`
 */
export function parseRoomKeyBundleContent(value: unknown): RoomKeyBundleContent {
  try {
    const content = parseWire(roomKeyBundleContentSchema, value, 'the content')
    parseUploadedFile(content.file)
    return content
  } catch (cause) {
    if (!(cause instanceof WireShapeError || cause instanceof AttachmentError)) throw cause
    throw new KeyBundleError('malformed_content', cause.message, { cause })
  }
}

/** The longest bundle that is opened unless told otherwise: 64 MiB, some 100,000 sessions. */
export const MAX_BUNDLE_LENGTH: number = 64 * 1024 * 1024

/** How a bundle is opened. */
export interface OpenOptions extends ReadOptions {
  /** The longest bundle that is opened, in bytes; {@link MAX_BUNDLE_LENGTH} by default. */
  readonly maxLength?: number
  /** Provider of AES and SHA-256; the platform's where there is one, by default. */
  readonly primitives?: Primitives
  /** Aborts reading a stream with its reason. */
  readonly signal?: AbortSignal
}

type Ciphertext = Uint8Array | ReadableStream<Uint8Array>

function tooLarge(options?: ErrorOptions): KeyBundleError {
  return new KeyBundleError('too_large', 'The bundle is longer than is allowed', options)
}

async function decrypt(ciphertext: Ciphertext, file: EncryptedFile, options: OpenOptions) {
  const { maxLength = MAX_BUNDLE_LENGTH } = options
  try {
    if (!(ciphertext instanceof Uint8Array))
      return await decryptAttachmentBuffered(ciphertext, file, { ...options, maxLength })
    if (ciphertext.length > maxLength) throw tooLarge()
    return await decryptAttachment(ciphertext, file, options)
  } catch (cause) {
    if (!(cause instanceof AttachmentError)) throw cause
    if (cause.code === 'over_limit') throw tooLarge({ cause })
    const { retryable } = cause
    throw new KeyBundleError('undecryptable', cause.message, { cause, retryable })
  }
}

function parseJson(plaintext: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plaintext))
  } catch {
    // The cause is dropped on purpose: JSON.parse quotes what it read, and that is room keys.
    throw new KeyBundleError('malformed_bundle', 'The bundle is no JSON')
  }
}

/**
 * Verifies, decrypts and reads a bundle.
 *
 * @param ciphertext - what was downloaded from the `url` of the file; a stream is read up to the limit
 * @param content - of the to-device event, parsed
 * @throws KeyBundleError; `wrong_room` when the event is about another room than one was invited to
 * @throws the signal's reason when it is aborted, and whatever the stream fails with
 */
export async function openRoomKeyBundle(
  ciphertext: Ciphertext,
  content: RoomKeyBundleContent,
  options: OpenOptions,
): Promise<ReadBundle> {
  if (content.room_id !== options.roomId)
    throw new KeyBundleError('wrong_room', 'The bundle is for another room')
  const plaintext = await decrypt(ciphertext, content.file, options)
  const value = parseJson(plaintext)
  plaintext.fill(0)
  return readRoomKeyBundle(value, options)
}

/** Reading descriptions of files out of events. */
import { isJsonObject, parseWire, WireShapeError, type WireSchema } from '@roomkeys/types'
import {
  type EncryptedFile,
  encryptedFileSchema,
  type UploadedFile,
  uploadedFileSchema,
} from './encrypted-file.ts'
import { AttachmentError } from './errors.ts'
import { decodeSecrets, type HashedSecrets } from './secrets.ts'

interface Parsed<T> {
  readonly file: T
  readonly secrets: HashedSecrets
}

function parse<T extends EncryptedFile>(schema: WireSchema<T>, value: unknown): Parsed<T> {
  try {
    const file = parseWire(schema, value, 'the file')
    return { file, secrets: decodeSecrets(file) }
  } catch (cause) {
    if (!(cause instanceof WireShapeError)) throw cause
    throw new AttachmentError('malformed_file', cause.message, { cause })
  }
}

/**
 * Checks a description: its shape, its version and algorithm, and that key, iv and hash have the
 * right lengths. The same object is returned.
 *
 * @throws AttachmentError saying what is wrong
 */
export function parseEncryptedFile(value: unknown): EncryptedFile {
  return parse(encryptedFileSchema, value).file
}

/**
 * Checks a description as {@link parseEncryptedFile} does, and that it has a `url`.
 *
 * @throws AttachmentError saying what is wrong
 */
export function parseUploadedFile(value: unknown): UploadedFile {
  return parse(uploadedFileSchema, value).file
}

/** Checks a description and decodes it. Whoever decrypts starts here, whatever was checked before. */
export function openFile(value: EncryptedFile): HashedSecrets {
  return parse(encryptedFileSchema, value).secrets
}

/** Where a message describes a file. */
export type FilePlace = 'file' | 'info.thumbnail_file'

/** A file that a message describes, or why it cannot be used. */
export type FoundFile =
  | { readonly place: FilePlace; readonly status: 'found'; readonly file: UploadedFile }
  | { readonly place: FilePlace; readonly status: 'malformed'; readonly error: AttachmentError }

function findAt(place: FilePlace, value: unknown): readonly FoundFile[] {
  if (value === undefined) return []
  try {
    return [{ place, status: 'found', file: parseUploadedFile(value) }]
  } catch (error) {
    if (!(error instanceof AttachmentError)) throw error
    return [{ place, status: 'malformed', error }]
  }
}

/**
 * Finds the encrypted files of a message: the file itself and its thumbnail. A broken one costs not
 * the other.
 *
 * @param content - `content` of an `m.room.message`, e.g. of the type `m.image`
 */
export function findEncryptedFiles(content: unknown): readonly FoundFile[] {
  if (!isJsonObject(content)) return []
  const { file, info } = content
  const thumbnail = isJsonObject(info) ? info['thumbnail_file'] : undefined
  return [...findAt('file', file), ...findAt('info.thumbnail_file', thumbnail)]
}

/**
 * `EncryptedFile`: how an event describes an encrypted file. The description is checked in place;
 * unknown keys are kept.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#definition-encryptedfile
 */
import { inPlace, type JsonObject, type WireSchema } from '@roomkeys/types'
import * as v from 'valibot'

/** A JSON Web Key that holds an AES-256 key. */
export interface AttachmentKey extends JsonObject {
  /** `oct`. */
  readonly kty: string
  /** `A256CTR`. */
  readonly alg: string
  /** The key, 32 bytes, URL-safe unpadded base64. */
  readonly k: string
  /** Written as `encrypt` and `decrypt`. Not checked: it decides nothing, and a file would be lost. */
  readonly key_ops?: unknown
  /** Written as `true`. Not checked, as `key_ops`. */
  readonly ext?: unknown
}

/** Hashes of the ciphertext, by algorithm. */
export interface EncryptedFileHashes extends JsonObject {
  /** 32 bytes, unpadded base64. A file without it is refused. */
  readonly sha256?: string
}

/** What decrypts a file, and where it lies once that is known. */
export interface EncryptedFile extends JsonObject {
  /** Version: `v2`; `v1`, or none at all, in files from before the specification. */
  readonly v?: string
  readonly key: AttachmentKey
  /** The counter block that the file starts from, 16 bytes, unpadded base64. */
  readonly iv: string
  readonly hashes: EncryptedFileHashes
  /** `mxc://` URL of the ciphertext. */
  readonly url?: string
}

/** A file as an event describes it: uploaded, so with a URL. */
export interface UploadedFile extends EncryptedFile {
  readonly url: string
}

const entries = {
  v: v.exactOptional(v.string()),
  key: v.looseObject({ kty: v.string(), alg: v.string(), k: v.string() }),
  iv: v.string(),
  hashes: v.looseObject({ sha256: v.exactOptional(v.string()) }),
}

/** Parses {@link EncryptedFile}: the types alone; `parseEncryptedFile` checks the rest. */
export const encryptedFileSchema: WireSchema<EncryptedFile> = inPlace(
  v.looseObject({ ...entries, url: v.exactOptional(v.string()) }),
)

/** Parses {@link UploadedFile}: the types alone. */
export const uploadedFileSchema: WireSchema<UploadedFile> = inPlace(
  v.looseObject({ ...entries, url: v.string() }),
)

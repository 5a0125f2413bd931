/**
 * The account data of secret storage.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#msecret_storagev1aes-hmac-sha2
 */
import {
  inPlace,
  type JsonObject,
  mapOf,
  wireIntegerSchema,
  type WireSchema,
} from '@roomkeys/types'
import * as v from 'valibot'

/** The algorithm of secret storage keys. */
export const AES_HMAC_SHA2 = 'm.secret_storage.v1.aes-hmac-sha2'

/** How keys are derived from passphrases. */
export const PBKDF2 = 'm.pbkdf2'

/** Account data type that names the default key. */
export const DEFAULT_KEY_TYPE = 'm.secret_storage.default_key'

/** Account data type under which the backup's decryption key is stored. */
export const BACKUP_KEY_SECRET = 'm.megolm_backup.v1'

/** Account data type of the description of a key. */
export function keyDescriptionType(keyId: string): string {
  return `m.secret_storage.key.${keyId}`
}

/** `m.secret_storage.default_key`: the id of the default key. */
export interface DefaultKey extends JsonObject {
  readonly key: string
}

/** `m.secret_storage.key.<id>`: what is known of a key. */
export interface KeyDescription extends JsonObject {
  readonly algorithm: string
  /** Base64, 16 bytes; with `mac`, the key check. */
  readonly iv?: string
  /** Base64, 32 bytes. */
  readonly mac?: string
}

/** `passphrase` of a description: how its key is derived. */
export interface PassphraseInfo extends JsonObject {
  readonly algorithm: string
  /** Used as UTF-8. */
  readonly salt: string
  /** Rounds of PBKDF2. */
  readonly iterations: number
  /** Length of the key; 256 when absent. */
  readonly bits?: number
}

/** A secret, encrypted. */
export interface EncryptedSecret extends JsonObject {
  /** Base64; 16 bytes, of which old clients wrote 32. */
  readonly iv: string
  /** Base64. */
  readonly ciphertext: string
  /** Base64, 32 bytes. */
  readonly mac: string
}

/** Account data of a secret: encrypted once for each key id. */
export interface StoredSecret extends JsonObject {
  readonly encrypted: Readonly<Record<string, unknown>>
}

/** Parses {@link DefaultKey}. */
export const defaultKeySchema: WireSchema<DefaultKey> = inPlace(v.looseObject({ key: v.string() }))

/** Parses {@link KeyDescription}. */
export const keyDescriptionSchema: WireSchema<KeyDescription> = inPlace(
  v.looseObject({
    algorithm: v.string(),
    iv: v.exactOptional(v.string()),
    mac: v.exactOptional(v.string()),
  }),
)

/** Parses {@link PassphraseInfo}. */
export const passphraseInfoSchema: WireSchema<PassphraseInfo> = inPlace(
  v.looseObject({
    algorithm: v.string(),
    salt: v.string(),
    iterations: wireIntegerSchema,
    bits: v.exactOptional(wireIntegerSchema),
  }),
)

/** Parses {@link EncryptedSecret}. */
export const encryptedSecretSchema: WireSchema<EncryptedSecret> = inPlace(
  v.looseObject({ iv: v.string(), ciphertext: v.string(), mac: v.string() }),
)

/** Parses {@link StoredSecret}. */
export const storedSecretSchema: WireSchema<StoredSecret> = inPlace(
  v.looseObject({ encrypted: mapOf(v.unknown()) }),
)

/** Secrets, key checks and passphrases by matrix-js-sdk. */
import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import { inPlace, parseWire, type WireSchema } from '@roomkeys/types'
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import {
  AES_HMAC_SHA2,
  type EncryptedSecret,
  encryptedSecretSchema,
  type KeyDescription,
} from '../src/schemas.ts'

/** A secret, the key that opens it, and that key's check. */
export interface ItemVector {
  readonly key: string
  readonly recovery_key: string
  readonly name: string
  readonly secret: string
  readonly encrypted: EncryptedSecret
  readonly key_check: EncryptedSecret
}

/** A storage key derived from a passphrase. */
export interface PassphraseVector {
  readonly text: string
  readonly key: string
  readonly passphrase: { readonly salt: string; readonly iterations: number; readonly bits: number }
}

interface Vectors {
  readonly items: readonly ItemVector[]
  readonly passphrases: readonly PassphraseVector[]
}

const schema: WireSchema<Vectors> = inPlace(
  v.object({
    items: v.array(
      v.object({
        key: v.string(),
        recovery_key: v.string(),
        name: v.string(),
        secret: v.string(),
        encrypted: encryptedSecretSchema,
        key_check: encryptedSecretSchema,
      }),
    ),
    passphrases: v.array(
      v.object({
        text: v.string(),
        key: v.string(),
        passphrase: v.object({ salt: v.string(), iterations: v.number(), bits: v.number() }),
      }),
    ),
  }),
)

const file = new URL('../../../vectors/secret-storage-js-sdk.json', import.meta.url)

/** Everything in the file. */
export const vectors: Vectors = parseWire(
  schema,
  JSON.parse(readFileSync(file, 'utf8')),
  'secret-storage-js-sdk.json',
)

/** The fields of a description that make its check. */
type KeyCheckFields = Required<Pick<KeyDescription, 'iv' | 'mac'>>

/** The description of an item's key, as account data carries it. */
export function descriptionOf({ key_check }: ItemVector): KeyDescription & KeyCheckFields {
  return { algorithm: AES_HMAC_SHA2, iv: key_check.iv, mac: key_check.mac }
}

/** Base64 with one byte changed. */
export function changed(text: string, position: number, mask: number): string {
  const bytes = decodeBase64(text)
  bytes[position] = (bytes[position] ?? 0) ^ mask
  return encodeBase64(bytes)
}

/** Positions of the bytes of a base64 text. */
export function positionsOf(text: string): readonly number[] {
  return [...decodeBase64(text).keys()]
}

/** The first item of the file. */
export function firstItem(): ItemVector {
  const [item] = vectors.items
  if (item === undefined) throw new TypeError('The vectors are empty')
  return item
}

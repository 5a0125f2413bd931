/**
 * A cross-signing key as a user published it.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#key-and-signature-security
 */
import { isJsonObject, type JsonObject } from '@roomkeys/types'
import { isSignable, readPublicKey } from './public-key.ts'

/** What a cross-signing key is for. */
export type KeyUsage = 'master' | 'self_signing' | 'user_signing'

/** Who is expected to have published a key, and what for. */
export interface ExpectedKey {
  readonly userId: string
  readonly usage: KeyUsage
}

/** Whether a key has the shape that the specification gives; each departure on its own. */
export interface KeyForm {
  /** `user_id` is the user under whom the key is listed. */
  readonly userIdMatches: boolean
  /** `usage` is this one use, and no other beside it. */
  readonly usageMatches: boolean
  /** `keys` has exactly one member. */
  readonly hasOneKey: boolean
  /** The id of that member is `ed25519:` and the unpadded base64 of the key. */
  readonly keyIdMatches: boolean
  /** The object has canonical JSON, without which no signature on it can be valid. */
  readonly isSignable: boolean
}

/** A published key, and what is seen on it. */
export interface PublishedKey {
  /** The object as it came. */
  readonly object: JsonObject
  /** Ed25519, unpadded base64; `null` when there is not exactly one that can be read. */
  readonly publicKey: string | null
  readonly form: KeyForm
}

/** Looks at a published key. */
export function readPublishedKey(object: JsonObject, { userId, usage }: ExpectedKey): PublishedKey {
  const keys = isJsonObject(object['keys']) ? Object.entries(object['keys']) : []
  const [keyId, text] = keys.length === 1 ? (keys[0] ?? []) : []
  const publicKey = readPublicKey(text)
  const usages: unknown = object['usage']
  return {
    object,
    publicKey,
    form: {
      userIdMatches: object['user_id'] === userId,
      usageMatches: Array.isArray(usages) && usages.length === 1 && usages[0] === usage,
      hasOneKey: keys.length === 1,
      keyIdMatches: publicKey !== null && keyId === `ed25519:${publicKey}`,
      isSignable: isSignable(object),
    },
  }
}

/** Whether nothing departs from the specification. */
export function isWellFormed({ form, publicKey }: PublishedKey): boolean {
  return publicKey !== null && Object.values(form).every((fact) => fact === true)
}

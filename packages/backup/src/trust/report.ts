/**
 * What `auth_data` of a backup version says of its trust, fact by fact. Nothing here decides.
 *
 * The object is looked at as the server gave it: whatever it holds is covered by the signatures, so a
 * copy with the known fields alone would verify as nothing.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#server-side-key-backups
 */
import type { TrustedKeys, UserReport } from '@roomkeys/cross-signing'
import type { JsonObject } from '@roomkeys/types'
import { knownKeys } from './known-keys.ts'
import {
  type HeldKey,
  type KeyMatchFact,
  matchHeldKey,
  type PublicKeyFact,
  readPublicKey,
} from './public-key.ts'
import { readSignatures, type SignatureFacts } from './signatures.ts'

/** What `auth_data` is held against. */
export interface TrustContext {
  /** The published keys of the user whose backup it is: `inspectUser` of cross-signing. */
  readonly user: UserReport
  /** Which of them are trusted: `trustedKeys` of the same report. */
  readonly trusted: TrustedKeys
  /** The decryption key that the caller holds. */
  readonly held?: HeldKey
}

/** What is seen on `auth_data`. */
export interface TrustReport extends SignatureFacts {
  /** The object as it came. */
  readonly authData: JsonObject
  /** Whose backup it is. */
  readonly userId: string
  readonly publicKey: PublicKeyFact
  readonly keyMatch: KeyMatchFact
}

/**
 * Looks at `auth_data`. Whatever it holds becomes facts.
 *
 * @param authData - as the server gave it
 * @throws TypeError when report and trusted keys are of different users
 */
export function inspectAuthData(
  authData: JsonObject,
  { user, trusted, held }: TrustContext,
): TrustReport {
  if (user.userId !== trusted.userId) throw new TypeError('trusted must be of the same user')
  const { userId } = user
  const publicKey = readPublicKey(authData)
  return {
    authData,
    userId,
    publicKey,
    keyMatch: matchHeldKey(publicKey, held ?? null),
    ...readSignatures(authData, { userId, keys: knownKeys(user, trusted) }),
  }
}

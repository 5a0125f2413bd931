/** The keys of a user that a signature on `auth_data` may be by. */
import type { TrustedKeys, UserReport } from '@roomkeys/cross-signing'

/** Who a signature is by. */
export type AuthDataSigner =
  /** The published master key of the user. */
  | { readonly kind: 'master_key' }
  /** A listed device; `isOwn`: listed under the id of the caller's device. */
  | { readonly kind: 'device'; readonly deviceId: string; readonly isOwn: boolean }
  /** A key of the user that is not published: a deleted device, an earlier master key, a wrong role. */
  | { readonly kind: 'unknown_key' }
  /** Another user's; whose keys play no part in the trust of a backup. */
  | { readonly kind: 'other_user' }

/** A key that a signature can be checked with. */
export interface KnownKey {
  readonly signer: Extract<AuthDataSigner, { readonly kind: 'master_key' | 'device' }>
  readonly keyId: string
  /** Ed25519, unpadded base64; `null` when the device lists none that can be read. */
  readonly publicKey: string | null
  readonly isTrusted: boolean
}

function masterKey({ identity }: UserReport, trusted: TrustedKeys): readonly KnownKey[] {
  const publicKey = identity.master?.publicKey ?? null
  if (publicKey === null) return []
  const isTrusted = trusted.masterKey === publicKey
  return [{ signer: { kind: 'master_key' }, keyId: `ed25519:${publicKey}`, publicKey, isTrusted }]
}

function devices(user: UserReport, trusted: TrustedKeys): readonly KnownKey[] {
  return user.devices.map(({ deviceId, ed25519, own }) => ({
    signer: { kind: 'device', deviceId, isOwn: own !== 'unknown' },
    keyId: `ed25519:${deviceId}`,
    publicKey: ed25519,
    isTrusted: ed25519 !== null && trusted.devices.get(deviceId) === ed25519,
  }))
}

/** The master key and the devices of a user; the master key first. */
export function knownKeys(user: UserReport, trusted: TrustedKeys): readonly KnownKey[] {
  return [...masterKey(user, trusted), ...devices(user, trusted)]
}

/** Whether a version is expected to be signed by this key. */
export function isExpected({ signer }: KnownKey): boolean {
  return signer.kind === 'master_key' || signer.isOwn
}

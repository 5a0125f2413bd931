/**
 * What is trusted, derived from the facts of a report and from nothing else.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#cross-signing
 */
import { isSelfConsistent } from './device.ts'
import { isWellFormed } from './published-key.ts'
import type {
  DeviceFacts,
  IdentityFacts,
  MasterKeyFacts,
  SubkeyFacts,
  UserReport,
} from './report.ts'

/** The keys of a user that are trusted: what a signature is held against. */
export interface TrustedKeys {
  readonly userId: string
  /** Ed25519, unpadded base64; `null` when the user's identity is not trusted. */
  readonly masterKey: string | null
  /** Ed25519 keys of verified devices, unpadded base64, by device id. */
  readonly devices: ReadonlyMap<string, string>
}

function isSignedSubkey(key: SubkeyFacts | null): key is SubkeyFacts {
  return key !== null && isWellFormed(key) && key.masterSignature === 'valid'
}

/** A known master key decides; where none is known, the voucher does. */
function isTrustedMaster(master: MasterKeyFacts | null, vouched: boolean): boolean {
  if (master === null || !isWellFormed(master) || master.pin === 'mismatch') return false
  return master.pin === 'match' || vouched
}

function isOwnTrusted({ master }: IdentityFacts): boolean {
  return isTrustedMaster(master, master?.ownDeviceSignature === 'valid')
}

function isVouched({ ownIdentity, userSignature }: UserReport): boolean {
  if (ownIdentity === null || !isOwnTrusted(ownIdentity)) return false
  return isSignedSubkey(ownIdentity.userSigning) && userSignature === 'valid'
}

function isTrustedDevice(device: DeviceFacts, isIdentityTrusted: boolean): boolean {
  if (!isSelfConsistent(device) || device.own === 'mismatch') return false
  return device.own === 'match' || (isIdentityTrusted && device.crossSignature === 'valid')
}

/**
 * The trusted keys of a user. The own master key is trusted when the caller knows it or the caller's
 * device has signed it; another user's, when the caller knows it or the caller's user-signing key has
 * signed it; a device, when it is the caller's or the self-signing key of a trusted master key has
 * signed it. A master key other than the known one is never trusted.
 */
export function trustedKeys(report: UserReport): TrustedKeys {
  const { userId, identity, ownIdentity } = report
  const isTrusted =
    ownIdentity === null
      ? isOwnTrusted(identity)
      : isTrustedMaster(identity.master, isVouched(report))
  const isSigning = isTrusted && isSignedSubkey(identity.selfSigning)
  const devices = report.devices.flatMap((device): (readonly [string, string])[] =>
    device.ed25519 !== null && isTrustedDevice(device, isSigning)
      ? [[device.deviceId, device.ed25519]]
      : [],
  )
  const masterKey = isTrusted ? (identity.master?.publicKey ?? null) : null
  return { userId, masterKey, devices: new Map(devices) }
}

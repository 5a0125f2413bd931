/**
 * Cross-signing of Matrix: what the published keys of a user say, fact by fact; which of them are
 * trusted; and signing. No network.
 */
export { CrossSigningError } from './errors.ts'
export { inspectUser, MAX_DEVICES } from './report.ts'
export { signAuthData, signDevice, signMasterKey } from './sign.ts'
export { decodeSeed, openDeviceKey, openSigningKey } from './signing-key.ts'
export { trustedKeys } from './trust.ts'

export type { DeviceAddress, DeviceKeys } from './device.ts'
export type { CrossSigningErrorCode } from './errors.ts'
export type { SignatureFact } from './public-key.ts'
export type { ExpectedKey, KeyForm, KeyUsage, PublishedKey } from './published-key.ts'
export type {
  CallerTrust,
  Comparison,
  DeviceFacts,
  IdentityFacts,
  MasterKeyFacts,
  SubkeyFacts,
  UserReport,
} from './report.ts'
export type { VerifiedDevice, VerifiedUser } from './sign.ts'
export type { SigningKey } from './signing-key.ts'
export type { TrustedKeys } from './trust.ts'

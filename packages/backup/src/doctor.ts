/**
 * The doctor: gathers what is known of an account's backup, and finds what is wrong with it and what
 * could be done. It reads, and changes nothing.
 */
export { examine } from './doctor/examine.ts'
export { MAX_SIGNERS_SHOWN } from './doctor/finding.ts'
export { MAX_STORAGE_KEYS } from './doctor/gather-account-data.ts'
export { MAX_PROBED_VERSIONS } from './doctor/gather-versions.ts'
export { gatherEvidence } from './doctor/gather.ts'

export type {
  AccountDataEvidence,
  BackupSecretFact,
  ClientFacts,
  DefaultKeyFact,
  Evidence,
  KeyDescriptionFact,
  Reading,
  ReadFailure,
  SecretOpening,
  StorageKeyFacts,
  SupersededKeyFact,
  UnreadVersion,
  VersionEvidence,
} from './doctor/evidence.ts'
export type {
  Finding,
  FindingCode,
  FindingFacts,
  FindingOf,
  Severity,
  SignerFacts,
} from './doctor/finding.ts'
export type { Fix } from './doctor/fix.ts'
export type { GatherOptions } from './doctor/gather.ts'
export type { DoctorPorts } from './doctor/ports.ts'
export type { GatherCall } from './doctor/reading.ts'
export type { PreferenceFact } from './preference/fact.ts'

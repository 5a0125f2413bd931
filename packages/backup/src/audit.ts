/** Auditing a backup: what every entry is, and what is wrong with it, in one pass. */
export { audit } from './audit/audit.ts'
export { MAX_REMEMBERED } from './audit/fingerprints.ts'
export { MAX_REPORTED_ROOMS } from './audit/options.ts'

export type { AuditEvent } from './audit/audit.ts'
export type { EntryStatus } from './audit/audited-entry.ts'
export type {
  AuditCode,
  AuditFinding,
  FailureCode,
  OddityCode,
  VersionCode,
} from './audit/finding.ts'
export type { AuditOptions } from './audit/options.ts'
export type {
  AuditOmissions,
  AuditReport,
  AuditResult,
  KeyAudit,
  RoomAudit,
} from './audit/report.ts'
export type { VersionFacts } from './audit/version-facts.ts'

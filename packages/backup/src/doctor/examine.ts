/** The examination: every state that is known to go wrong, looked for in the evidence. */
import { checkBackupSecret } from './check-backup-secret.ts'
import { checkClient } from './check-client.ts'
import { checkOlder } from './check-older.ts'
import { checkPreference } from './check-preference.ts'
import { checkSecretStorage } from './check-secret-storage.ts'
import { checkTrust } from './check-trust.ts'
import { checkVersion } from './check-version.ts'
import type { Evidence } from './evidence.ts'
import type { Finding, Severity } from './finding.ts'

const CHECKS = [
  checkVersion,
  checkTrust,
  checkSecretStorage,
  checkBackupSecret,
  checkClient,
  checkPreference,
  checkOlder,
] as const

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 }

/**
 * Examines the evidence. Pure; nothing is read or changed.
 *
 * @returns what is found, the worst first; nothing for an account in order
 */
export function examine(evidence: Evidence): readonly Finding[] {
  return CHECKS.flatMap((check) => check(evidence)).sort(
    (a, b) => RANK[a.severity] - RANK[b.severity],
  )
}

/** The backup's decryption key in secret storage: is it there, and is it the right one? */
import type { BackupVersionInfo } from '@roomkeys/types'
import type { Evidence, SecretOpening } from './evidence.ts'
import { type Finding, finding } from './finding.ts'
import {
  currentOf,
  defaultKeyIdOf,
  hasNoBackup,
  openingOf,
  publicKeyOf,
  storedFor,
  storeKeyFix,
  valueOf,
} from './known.ts'

function absent(evidence: Evidence): readonly Finding[] {
  const current = currentOf(evidence)
  if (current === null) return []
  const draft = { severity: 'error', evidence: { version: current.version } } as const
  return [finding('backup_secret_missing', { ...draft, fix: storeKeyFix(evidence, current) })]
}

/** How a secret that cannot be used is replaced. */
function malformed(evidence: Evidence, where: 'account_data' | 'content'): readonly Finding[] {
  const current = currentOf(evidence)
  const fix =
    current === null ? ({ action: 'create_version' } as const) : storeKeyFix(evidence, current)
  return [finding('backup_secret_malformed', { severity: 'error', evidence: { where }, fix })]
}

function underOtherKey(evidence: Evidence): readonly Finding[] {
  const defaultKeyId = defaultKeyIdOf(evidence)
  const keyIds = storedFor(evidence)
  const [from] = keyIds
  if (defaultKeyId === null || from === undefined || keyIds.includes(defaultKeyId)) return []
  const facts = { defaultKeyId, storedFor: keyIds }
  const fix = { action: 'move_secrets', from, to: defaultKeyId } as const
  return [finding('backup_secret_under_other_key', { severity: 'error', evidence: facts, fix })]
}

function compared(
  evidence: Evidence,
  current: BackupVersionInfo,
  publicKey: string,
): readonly Finding[] {
  const { version } = current
  const wanted = publicKeyOf(current)
  if (wanted === null || wanted === publicKey) return []
  const fix = storeKeyFix(evidence, current)
  const opens = evidence.older.find((older) => publicKeyOf(older) === publicKey)
  if (opens === undefined) {
    const notSeen = evidence.unread.length + evidence.notAsked
    const facts = { version, publicKey, notSeen }
    return [finding('backup_secret_foreign', { severity: 'error', evidence: facts, fix })]
  }
  const facts = { version, opens: opens.version }
  return [finding('backup_secret_stale', { severity: 'error', evidence: facts, fix })]
}

function opened(evidence: Evidence, opening: SecretOpening): readonly Finding[] {
  const current = currentOf(evidence)
  switch (opening.state) {
    case 'not_tried':
      return []
    case 'no_key':
      return malformed(evidence, 'content')
    case 'not_decryptable': {
      const { keyId, because } = opening
      const draft = { severity: 'error', evidence: { keyId, because } } as const
      const fix = current === null ? ({ action: 'retry' } as const) : storeKeyFix(evidence, current)
      return [finding('backup_secret_not_decryptable', { ...draft, fix })]
    }
    case 'opened':
      return current === null ? [] : compared(evidence, current, opening.publicKey)
  }
}

function withoutBackup(evidence: Evidence): readonly Finding[] {
  if (!hasNoBackup(evidence)) return []
  const facts = { storedFor: storedFor(evidence) }
  const fix = { action: 'create_version' } as const
  return [finding('secret_without_backup', { severity: 'info', evidence: facts, fix })]
}

/** Findings on the stored key. */
export function checkBackupSecret(evidence: Evidence): readonly Finding[] {
  const secret = valueOf(evidence.backupSecret)
  if (secret === null) return []
  if (secret.state === 'malformed') return malformed(evidence, 'account_data')
  if (storedFor(evidence).length === 0) return absent(evidence)
  return [
    ...withoutBackup(evidence),
    ...underOtherKey(evidence),
    ...opened(evidence, openingOf(evidence)),
  ]
}

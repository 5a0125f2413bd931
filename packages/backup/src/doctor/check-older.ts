/** Versions that were left behind, and the keys that were kept for them. */
import type { BackupVersionInfo } from '@roomkeys/types'
import type { Evidence } from './evidence.ts'
import { type Finding, finding } from './finding.ts'
import type { Fix } from './fix.ts'
import { currentOf, defaultKeyIdOf, holdersOf, openingOf, publicKeyOf, valueOf } from './known.ts'

function mergeFix({ version, count }: BackupVersionInfo, evidence: Evidence): Fix {
  if (count === 0) return { action: 'delete_version', version }
  return { action: 'merge_version', from: version, into: currentOf(evidence)?.version ?? null }
}

function twice(older: BackupVersionInfo, evidence: Evidence): Finding | null {
  const { version, count } = older
  const current = currentOf(evidence)
  const publicKey = publicKeyOf(older)
  const isSame = current !== null && publicKey !== null && publicKeyOf(current) === publicKey
  if (!isSame && count > 0) return null
  return finding('double_creation', {
    severity: count === 0 ? 'info' : 'warning',
    evidence: { version, count, because: isSame ? 'same_key' : 'empty' },
    fix: mergeFix(older, evidence),
  })
}

/** Whether all places where keys are stored have been looked into. */
function isSearched(evidence: Evidence): boolean {
  return openingOf(evidence).state === 'opened' && evidence.superseded.state === 'read'
}

/** The storage key helps where it has not been given yet. */
function unlockFix(version: string, evidence: Evidence): Fix {
  const isGiven = evidence.storageKeys.some(({ given }) => given === 'match')
  return isGiven
    ? { action: 'enter_decryption_key', version }
    : { action: 'enter_storage_key', keyId: defaultKeyIdOf(evidence) }
}

function withoutKey(
  { version, count }: BackupVersionInfo,
  publicKey: string,
  evidence: Evidence,
): Finding {
  const facts = { version, count, publicKey }
  if (isSearched(evidence))
    return finding('older_version_key_lost', {
      severity: 'warning',
      evidence: facts,
      fix: { action: 'enter_decryption_key', version },
    })
  return finding('older_version_key_unknown', {
    severity: 'info',
    evidence: facts,
    fix: unlockFix(version, evidence),
  })
}

function leftBehind(older: BackupVersionInfo, evidence: Evidence): Finding {
  const { version, count } = older
  const facts = { version, count }
  const publicKey = publicKeyOf(older)
  if (publicKey === null)
    return finding('older_version_broken', {
      severity: 'warning',
      evidence: facts,
      // What was uploaded before auth_data broke may still be readable.
      fix: { action: 'enter_decryption_key', version },
    })
  if (holdersOf(evidence, publicKey).length === 0) return withoutKey(older, publicKey, evidence)
  return finding('older_version_key_held', {
    severity: 'warning',
    evidence: facts,
    fix: mergeFix(older, evidence),
  })
}

function superseded({ superseded, gone }: Evidence): readonly Finding[] {
  const kept = new Set((valueOf(superseded) ?? []).map(({ version }) => version))
  return [...kept]
    .filter((version) => gone.includes(version))
    .map((version) =>
      finding('superseded_key_unneeded', {
        severity: 'info',
        evidence: { version },
        fix: { action: 'drop_superseded_key', version },
      }),
    )
}

/** Findings on what was left behind; which versions are, the current one tells. */
export function checkOlder(evidence: Evidence): readonly Finding[] {
  if (evidence.current.state !== 'read') return []
  const found = evidence.older.map((older) => twice(older, evidence) ?? leftBehind(older, evidence))
  return [...found, ...superseded(evidence)]
}

/** The current version: is there one, and can it be used? */
import { type BackupVersionInfo, idProblem } from '@roomkeys/types'
import { readPublicKey } from '../trust/public-key.ts'
import type { Evidence } from './evidence.ts'
import { type Finding, finding } from './finding.ts'
import { currentOf, hasNoBackup, storedFor, wantsBackup } from './known.ts'

function unreadable({ current, unread }: Evidence): readonly Finding[] {
  const fix = { action: 'retry' } as const
  const others = unread.map((evidence) =>
    finding('version_unreadable', { severity: 'warning', evidence, fix }),
  )
  if (current.state !== 'failed') return others
  const evidence = { version: null, failure: current.failure }
  return [finding('version_unreadable', { severity: 'error', evidence, fix }), ...others]
}

function absent(evidence: Evidence): readonly Finding[] {
  if (!hasNoBackup(evidence)) return []
  const isUnwanted = wantsBackup(evidence) === false
  const version = evidence.client?.version ?? null
  if (version !== null)
    return [
      finding('backup_deleted', {
        severity: isUnwanted ? 'warning' : 'error',
        evidence: { version },
        fix: isUnwanted ? { action: 'use_version', version: null } : { action: 'create_version' },
      }),
    ]
  if (wantsBackup(evidence) !== null) return []
  const facts = { secretIsStored: storedFor(evidence).length > 0 }
  const fix = { action: 'create_version' } as const
  return [finding('no_backup', { severity: 'info', evidence: facts, fix })]
}

function identifier({ version }: BackupVersionInfo): readonly Finding[] {
  const problem = version === '' ? 'empty' : idProblem(version)
  if (problem === null) return []
  const fix = { action: 'ask_server_admin' } as const
  return [finding('version_id_unusable', { severity: 'error', evidence: { problem }, fix })]
}

function publicKey({ version, auth_data }: BackupVersionInfo): readonly Finding[] {
  const found = readPublicKey(auth_data)
  const fix = { action: 'replace_version', version } as const
  if (found.state === 'missing')
    return [finding('public_key_missing', { severity: 'error', evidence: { version }, fix })]
  if (found.state === 'readable') return []
  const evidence = { version, byteLength: found.byteLength }
  return [finding('public_key_malformed', { severity: 'error', evidence, fix })]
}

function algorithm(
  { version, algorithm }: BackupVersionInfo,
  { knownAlgorithms }: Evidence,
): readonly Finding[] {
  if (knownAlgorithms.includes(algorithm)) return []
  const fix = { action: 'upgrade_client', algorithm } as const
  const evidence = { version, algorithm }
  return [finding('unknown_algorithm', { severity: 'error', evidence, fix })]
}

function present(current: BackupVersionInfo, evidence: Evidence): readonly Finding[] {
  const unknown = algorithm(current, evidence)
  // What another algorithm has in its auth_data is not for us to judge.
  return [...identifier(current), ...(unknown.length > 0 ? unknown : publicKey(current))]
}

/** Findings on the current version. */
export function checkVersion(evidence: Evidence): readonly Finding[] {
  const current = currentOf(evidence)
  const found = current === null ? absent(evidence) : present(current, evidence)
  return [...unreadable(evidence), ...found]
}

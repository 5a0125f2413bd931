/**
 * Whether the user wants a backup, and whether there is one.
 *
 * @see https://github.com/matrix-org/matrix-spec-proposals/pull/4287
 */
import { KEY_BACKUP_TYPE, UNSTABLE_KEY_BACKUP_TYPE } from '../preference/account-data-types.ts'
import type { Evidence } from './evidence.ts'
import { type Finding, finding } from './finding.ts'
import { currentOf, hasNoBackup, valueOf, wantsBackup } from './known.ts'

function malformed(evidence: Evidence): readonly Finding[] {
  const fix = { action: 'set_preference', enabled: currentOf(evidence) !== null } as const
  const facts = [
    [KEY_BACKUP_TYPE, valueOf(evidence.preference)],
    [UNSTABLE_KEY_BACKUP_TYPE, valueOf(evidence.unstablePreference)],
  ] as const
  return facts
    .filter(([, fact]) => fact?.state === 'malformed')
    .map(([type]) =>
      finding('preference_malformed', { severity: 'warning', evidence: { type }, fix }),
    )
}

function conflict({ preference, unstablePreference }: Evidence): readonly Finding[] {
  const [stable, unstable] = [valueOf(preference), valueOf(unstablePreference)]
  if (stable?.state !== 'set' || unstable?.state !== 'set') return []
  if (stable.enabled === unstable.enabled) return []
  const facts = { stable: stable.enabled, unstable: unstable.enabled }
  const fix = { action: 'set_preference', enabled: stable.enabled } as const
  return [finding('preference_conflict', { severity: 'warning', evidence: facts, fix })]
}

function contradicted(evidence: Evidence): readonly Finding[] {
  const wanted = wantsBackup(evidence)
  const current = currentOf(evidence)
  if (wanted === false && current !== null) {
    const { version } = current
    // Of the two ways out, the one that deletes no keys.
    const fix = { action: 'set_preference', enabled: true } as const
    return [
      finding('preference_off_backup_on', { severity: 'warning', evidence: { version }, fix }),
    ]
  }
  if (wanted !== true || !hasNoBackup(evidence)) return []
  const fix = { action: 'create_version' } as const
  const isStable = valueOf(evidence.preference)?.state === 'set'
  const facts = { setting: isStable ? 'stable' : 'unstable' } as const
  return [finding('preference_on_backup_off', { severity: 'warning', evidence: facts, fix })]
}

/** Findings on the preference. */
export function checkPreference(evidence: Evidence): readonly Finding[] {
  return [...malformed(evidence), ...conflict(evidence), ...contradicted(evidence)]
}

/** Secret storage: the default key, its description, and the key that was given. */
import {
  BACKUP_KEY_SECRET,
  DEFAULT_KEY_TYPE,
  keyDescriptionType,
  SUPERSEDED_BACKUP_KEYS_SECRET,
} from '@roomkeys/secret-storage'
import { KEY_BACKUP_TYPE, UNSTABLE_KEY_BACKUP_TYPE } from '../preference/account-data-types.ts'
import type { Evidence, Reading, StorageKeyFacts } from './evidence.ts'
import { type Finding, finding } from './finding.ts'
import type { Fix } from './fix.ts'
import { currentOf, defaultKeyIdOf, storedFor, valueOf } from './known.ts'

function unreadable(evidence: Evidence): readonly Finding[] {
  const readings: readonly (readonly [string, Reading<unknown>])[] = [
    [DEFAULT_KEY_TYPE, evidence.defaultKey],
    ...evidence.storageKeys.map(
      ({ keyId, description }) => [keyDescriptionType(keyId), description] as const,
    ),
    [BACKUP_KEY_SECRET, evidence.backupSecret],
    [SUPERSEDED_BACKUP_KEYS_SECRET, evidence.superseded],
    [KEY_BACKUP_TYPE, evidence.preference],
    [UNSTABLE_KEY_BACKUP_TYPE, evidence.unstablePreference],
  ]
  return readings.flatMap(([type, reading]): readonly Finding[] => {
    if (reading.state !== 'failed') return []
    const facts = { type, failure: reading.failure }
    const fix = { action: 'retry' } as const
    return [finding('account_data_unreadable', { severity: 'warning', evidence: facts, fix })]
  })
}

/** Another key of the account that could be the default one. */
function otherDefault({ storageKeys }: Evidence, except: string | null): Fix {
  const described = storageKeys.find(
    ({ keyId, description }) => keyId !== except && valueOf(description) === 'present',
  )
  return described === undefined
    ? { action: 'set_up_secret_storage' }
    : { action: 'set_default_key', keyId: described.keyId }
}

function noDefault(evidence: Evidence): readonly Finding[] {
  const found = valueOf(evidence.defaultKey)
  const fix = otherDefault(evidence, null)
  const facts = { storedFor: storedFor(evidence) }
  if (found?.state === 'malformed')
    return [finding('default_key_malformed', { severity: 'error', evidence: facts, fix })]
  const isMissed = currentOf(evidence) !== null || facts.storedFor.length > 0
  if (found?.state !== 'missing' || !isMissed) return []
  return [finding('no_default_key', { severity: 'warning', evidence: facts, fix })]
}

function description(evidence: Evidence, key: StorageKeyFacts): readonly Finding[] {
  const { keyId } = key
  const fix = otherDefault(evidence, keyId)
  const draft = { severity: 'error', evidence: { keyId } } as const
  switch (valueOf(key.description)) {
    case 'missing':
      return [finding('default_key_undescribed', { ...draft, fix })]
    case 'malformed':
      return [finding('key_description_malformed', { ...draft, fix })]
    case 'unsupported':
      return [
        finding('storage_key_unsupported', {
          ...draft,
          fix: { action: 'upgrade_client', algorithm: null },
        }),
      ]
    case 'present':
    case null:
      return []
  }
}

function given({ storageKeys }: Evidence, { keyId, given }: StorageKeyFacts): readonly Finding[] {
  if (given !== 'mismatch') return []
  const other = storageKeys.find((key) => key.given === 'match')
  if (other === undefined) {
    const fix = { action: 'enter_storage_key', keyId } as const
    return [finding('storage_key_wrong', { severity: 'error', evidence: { keyId }, fix })]
  }
  const facts = { keyId, givenKeyId: other.keyId }
  const fix = { action: 'move_secrets', from: other.keyId, to: keyId } as const
  return [finding('storage_key_not_default', { severity: 'warning', evidence: facts, fix })]
}

/** Findings on secret storage. */
export function checkSecretStorage(evidence: Evidence): readonly Finding[] {
  const keyId = defaultKeyIdOf(evidence)
  const key = evidence.storageKeys.find((key) => key.keyId === keyId)
  return [
    ...unreadable(evidence),
    ...noDefault(evidence),
    ...(key === undefined ? [] : [...description(evidence, key), ...given(evidence, key)]),
  ]
}

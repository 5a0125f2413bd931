/** What several checks derive from the evidence. */
import type { BackupVersionInfo } from '@roomkeys/types'
import { readPublicKey } from '../trust/public-key.ts'
import type { Evidence, Reading, SecretOpening } from './evidence.ts'
import type { Fix } from './fix.ts'

/** What was read, or `null` when it was not. */
export function valueOf<T>(reading: Reading<T>): T | null {
  return reading.state === 'read' ? reading.value : null
}

/** The current version, if one was read. */
export function currentOf({ current }: Evidence): BackupVersionInfo | null {
  return valueOf(current)
}

/** Whether it is certain that there is no backup. */
export function hasNoBackup({ current }: Evidence): boolean {
  return current.state === 'read' && current.value === null
}

/** The public key of a version, or `null` when there is none that can be read. */
export function publicKeyOf(version: BackupVersionInfo): string | null {
  const found = readPublicKey(version.auth_data)
  return found.state === 'readable' ? found.publicKey : null
}

/** The storage keys that the backup's secret is encrypted for. */
export function storedFor({ backupSecret }: Evidence): readonly string[] {
  const secret = valueOf(backupSecret)
  return secret?.state === 'stored' ? secret.keyIds : []
}

/** What became of opening the backup's secret. */
export function openingOf({ backupSecret }: Evidence): SecretOpening {
  const secret = valueOf(backupSecret)
  return secret?.state === 'stored' ? secret.opening : { state: 'not_tried' }
}

/** The default key, if it is named. */
export function defaultKeyIdOf({ defaultKey }: Evidence): string | null {
  const found = valueOf(defaultKey)
  return found?.state === 'named' ? found.keyId : null
}

/** Where a decryption key is held. */
export type KeyHolder = 'client' | 'secret_storage' | 'superseded_keys'

/** Who holds the decryption key of this public key. */
export function holdersOf(evidence: Evidence, publicKey: string | null): readonly KeyHolder[] {
  if (publicKey === null) return []
  const opening = openingOf(evidence)
  const holders: KeyHolder[] = []
  if (evidence.client?.publicKey === publicKey) holders.push('client')
  if (opening.state === 'opened' && opening.publicKey === publicKey) holders.push('secret_storage')
  const superseded = valueOf(evidence.superseded) ?? []
  if (superseded.some((kept) => kept.publicKey === publicKey)) holders.push('superseded_keys')
  return holders
}

/** How the current version's key gets into secret storage. */
export function storeKeyFix(evidence: Evidence, current: BackupVersionInfo): Fix {
  const holders = holdersOf(evidence, publicKeyOf(current))
  if (holders.includes('client')) return { action: 'store_key', from: 'client' }
  if (holders.includes('superseded_keys')) return { action: 'store_key', from: 'superseded_keys' }
  return { action: 'enter_decryption_key', version: current.version }
}

/** Whether the user wants a backup: the stable setting before the unstable; `null`: it is not said. */
export function wantsBackup({ preference, unstablePreference }: Evidence): boolean | null {
  for (const fact of [valueOf(preference), valueOf(unstablePreference)])
    if (fact?.state === 'set') return fact.enabled
  return null
}

/** Opening entries with several keys: the backup's, then the others for what it does not open. */
import type { SharedSecrets } from '@roomkeys/crypto/x25519'
import type { BackupAlgorithm, BackupMacFact } from '../algorithm.ts'
import type { DecryptionKey } from '../decryption-key.ts'
import type { BackupEntry, EntryOutcome } from '../entry.ts'
import type { FailureReason } from '../errors.ts'
import { backupMacKey } from '../mac-key.ts'
import { type Entries, type EntryBeside, openBeside } from '../open-beside.ts'
import type { OpenEntries } from '../open-entries.ts'
import { decodeEntry, type OpenContext } from '../open-entry.ts'
import { type Keys, tryKeys } from '../try-keys.ts'

/** What entries are opened with. */
export interface KeyRing {
  readonly algorithm: BackupAlgorithm
  readonly sharedSecrets?: SharedSecrets
  readonly openEntries?: OpenEntries
  readonly signal?: AbortSignal
}

/** What a key made of an entry. */
export interface Attempt {
  readonly entry: BackupEntry
  readonly outcome: EntryOutcome
  /** The key that it is of; `null` when it is of none, or nothing says of which. */
  readonly key: DecryptionKey | null
  /** `unchecked` also where `session_data` could not be decoded. */
  readonly backupMac: BackupMacFact
}

/** What another key may change. */
const OF_ANOTHER_KEY: readonly FailureReason[] = ['mac_mismatch', 'backup_mac_mismatch']

/** What says nothing of the key. */
const OF_NO_KEY: readonly FailureReason[] = [...OF_ANOTHER_KEY, 'weak_ephemeral_key']

const MAC_FACTS: Readonly<Partial<Record<FailureReason, BackupMacFact>>> = {
  backup_mac_missing: 'missing',
  backup_mac_mismatch: 'mismatch',
}

/** What an outcome says of the key that it came of. */
function attemptOf(
  { entry, outcome }: EntryBeside,
  { key, context }: { readonly key: DecryptionKey; readonly context: OpenContext },
): Attempt {
  if (outcome.status === 'opened') return { entry, outcome, key, backupMac: outcome.backupMac }
  const decoded = decodeEntry(entry, context)
  if (decoded.status === 'failed')
    return { entry, outcome, key: null, backupMac: MAC_FACTS[decoded.reason] ?? 'unchecked' }
  const isOfKey = !OF_NO_KEY.includes(outcome.reason)
  return { entry, outcome, key: isOfKey ? key : null, backupMac: decoded.encrypted.backupMac }
}

async function* attempt(
  entries: Entries,
  key: DecryptionKey,
  ring: KeyRing,
): AsyncGenerator<readonly Attempt[]> {
  const macPolicy = 'libolm_or_intended'
  const macKey = backupMacKey(key)
  const context = { algorithm: ring.algorithm, macKey, macPolicy } as const
  try {
    for await (const batch of openBeside(entries, { ...ring, key, macPolicy }))
      yield batch.map((opened) => attemptOf(opened, { key, context }))
  } finally {
    macKey.destroy()
  }
}

function mayBeOfAnother({ outcome }: Attempt): boolean {
  return outcome.status === 'failed' && OF_ANOTHER_KEY.includes(outcome.reason)
}

/** Opens entries with the keys in their order; one attempt for each entry, in their order. */
export function openWithKeys(
  entries: Entries,
  keys: Keys,
  ring: KeyRing,
): AsyncGenerator<readonly Attempt[]> {
  return tryKeys(entries, keys, {
    attempt: (some, key) => attempt(some, key, ring),
    isLeft: mayBeOfAnother,
    wins: (next) => !mayBeOfAnother(next),
  })
}

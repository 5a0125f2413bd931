/** Opening entries with several keys: the backup's, then the others for what it does not open. */
import type { SharedSecrets } from '@roomkeys/crypto/x25519'
import type { BackupAlgorithm, BackupMacFact } from '../algorithm.ts'
import type { DecryptionKey } from '../decryption-key.ts'
import type { BackupEntry, EntryOutcome, FailedEntry } from '../entry.ts'
import type { FailureReason } from '../errors.ts'
import { openDecoded, openingOf } from '../open-batch.ts'
import { decodeEntry, type DecodedEntry } from '../open-entry.ts'

/** What entries are opened with. */
export interface KeyRing {
  readonly algorithm: BackupAlgorithm
  readonly sharedSecrets?: SharedSecrets
}

/** What a key made of an entry. */
export interface Attempt {
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
  entry: DecodedEntry | FailedEntry,
  outcome: EntryOutcome,
  key: DecryptionKey,
): Attempt {
  if (entry.status === 'failed')
    return { outcome, key: null, backupMac: MAC_FACTS[entry.reason] ?? 'unchecked' }
  const isOfKey = outcome.status === 'opened' || !OF_NO_KEY.includes(outcome.reason)
  return { outcome, key: isOfKey ? key : null, backupMac: entry.encrypted.backupMac }
}

async function attempt(
  entries: readonly BackupEntry[],
  key: DecryptionKey,
  ring: KeyRing,
): Promise<readonly Attempt[]> {
  const opening = openingOf({ ...ring, key, macPolicy: 'libolm_or_intended' })
  try {
    const decoded = entries.map((entry) => decodeEntry(entry, opening))
    const outcomes = await openDecoded(decoded, opening)
    return decoded.flatMap((entry, position) => {
      const outcome = outcomes[position]
      return outcome === undefined ? [] : [attemptOf(entry, outcome, key)]
    })
  } finally {
    opening.macKey?.destroy()
  }
}

function mayBeOfAnother({ outcome }: Attempt): boolean {
  return outcome.status === 'failed' && OF_ANOTHER_KEY.includes(outcome.reason)
}

/** Opens entries with the keys in their order; one attempt for each entry, in their order. */
export async function openWithKeys(
  entries: readonly BackupEntry[],
  keys: readonly [DecryptionKey, ...(readonly DecryptionKey[])],
  ring: KeyRing,
): Promise<readonly Attempt[]> {
  const [first, ...others] = keys
  const attempts = [...(await attempt(entries, first, ring))]
  for (const key of others) {
    const left = [...attempts.keys()].filter((at) => {
      const before = attempts[at]
      return before !== undefined && mayBeOfAnother(before)
    })
    const again = entries.filter((_, at) => left.includes(at))
    for (const [position, next] of (await attempt(again, key, ring)).entries()) {
      const at = left[position]
      if (at !== undefined && !mayBeOfAnother(next)) attempts[at] = next
    }
  }
  return attempts
}

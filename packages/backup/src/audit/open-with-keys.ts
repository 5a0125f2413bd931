/** Opening entries with several keys: the backup's, then the others for what it does not open. */
import { platformSharedSecrets } from '@roomkeys/crypto/shared-secrets'
import type { SharedSecrets } from '@roomkeys/crypto/x25519'
import type { BackupAlgorithm, BackupMacFact } from '../algorithm.ts'
import type { DecryptionKey } from '../decryption-key.ts'
import type { BackupEntry, EntryOutcome } from '../entry.ts'
import type { FailureReason } from '../errors.ts'
import { backupMacKey } from '../mac-key.ts'
import { decodeEntry, openEntry } from '../open-entry.ts'

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

async function openBatch(
  entries: readonly BackupEntry[],
  key: DecryptionKey,
  { algorithm, sharedSecrets = platformSharedSecrets }: KeyRing,
): Promise<readonly Attempt[]> {
  const macKey = backupMacKey(key)
  const context = { algorithm, macKey, macPolicy: 'libolm_or_intended' } as const
  try {
    const decoded = entries.map((entry) => decodeEntry(entry, context))
    const waiting = decoded.flatMap((one) => (one.status === 'decoded' ? [one] : []))
    const ephemerals = waiting.map(({ encrypted }) => encrypted.ephemeral)
    const secrets = (await sharedSecrets(key.privateKey.expose(), ephemerals)).values()
    return decoded.map((one) => {
      if (one.status === 'failed')
        return { outcome: one, key: null, backupMac: MAC_FACTS[one.reason] ?? 'unchecked' }
      const { value: secret, done } = secrets.next()
      if (done === true)
        throw new TypeError('sharedSecrets must return one result for each public key')
      const outcome = openEntry(one, secret, context)
      const isOfKey = outcome.status === 'opened' || !OF_NO_KEY.includes(outcome.reason)
      return { outcome, key: isOfKey ? key : null, backupMac: one.encrypted.backupMac }
    })
  } finally {
    macKey.destroy()
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
  const attempts = [...(await openBatch(entries, first, ring))]
  for (const key of others) {
    const left = [...attempts.keys()].filter((at) => {
      const attempt = attempts[at]
      return attempt !== undefined && mayBeOfAnother(attempt)
    })
    const again = entries.filter((_, at) => left.includes(at))
    for (const [position, attempt] of (await openBatch(again, key, ring)).entries()) {
      const at = left[position]
      if (at !== undefined && !mayBeOfAnother(attempt)) attempts[at] = attempt
    }
  }
  return attempts
}

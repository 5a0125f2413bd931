/** Opening a stream of entries: in batches, in order, one outcome for each. */
import { platformSharedSecrets } from '@roomkeys/crypto/shared-secrets'
import type { SharedSecrets } from '@roomkeys/crypto/x25519'
import type { BackupAlgorithm, MacPolicy } from './algorithm.ts'
import { batchesOf } from './batches.ts'
import type { DecryptionKey } from './decryption-key.ts'
import type { BackupEntry, EntryOutcome } from './entry.ts'
import { backupMacKey } from './mac-key.ts'
import { decodeEntry, type DecodedEntry, type OpenContext, openEntry } from './open-entry.ts'

/** How entries are opened. */
export interface OpenEntriesOptions {
  readonly algorithm: BackupAlgorithm
  /** The key of the backup; match it with the version first. */
  readonly key: DecryptionKey
  /** Which MACs are accepted; the deployed one alone by default. */
  readonly macPolicy?: MacPolicy
  /** Provider of shared secrets; the platform's by default. */
  readonly sharedSecrets?: SharedSecrets
  readonly signal?: AbortSignal
}

interface Opening extends OpenContext {
  readonly key: DecryptionKey
  readonly sharedSecrets: SharedSecrets
}

async function openBatch(
  batch: readonly BackupEntry[],
  opening: Opening,
): Promise<readonly EntryOutcome[]> {
  const { key, sharedSecrets } = opening
  const decoded = batch.map((entry) => decodeEntry(entry, opening))
  const waiting = decoded.filter((entry) => entry.status === 'decoded')
  const ephemerals = waiting.map(({ encrypted }) => encrypted.ephemeral)
  const secrets = await sharedSecrets(key.privateKey.expose(), ephemerals)
  if (secrets.length !== ephemerals.length)
    throw new TypeError('sharedSecrets must return one result for each public key')
  const secretOf = new Map<DecodedEntry, (typeof secrets)[number]>(
    waiting.map((entry, position) => [entry, secrets[position] ?? null]),
  )
  return decoded.map((entry) =>
    entry.status === 'failed' ? entry : openEntry(entry, secretOf.get(entry) ?? null, opening),
  )
}

const MAC_POLICIES: readonly MacPolicy[] = ['libolm', 'libolm_or_intended', 'backup_mac_required']

/** From JavaScript, a policy that is misspelt would be the weakest. */
function assertMacPolicy(policy: MacPolicy): void {
  if (MAC_POLICIES.includes(policy)) return
  throw new TypeError('macPolicy must be libolm, libolm_or_intended or backup_mac_required')
}

function openingOf({
  algorithm,
  key,
  macPolicy = 'libolm',
  sharedSecrets = platformSharedSecrets,
}: OpenEntriesOptions): Opening {
  assertMacPolicy(macPolicy)
  return { algorithm, key, macPolicy, sharedSecrets, macKey: backupMacKey(key) }
}

/**
 * Opens entries and yields an outcome for each, in their order. An entry that cannot be opened costs
 * no other.
 *
 * @throws the signal's reason when it is aborted, and whatever the source of entries throws
 */
export async function* openEntries(
  entries: Iterable<BackupEntry> | AsyncIterable<BackupEntry>,
  options: OpenEntriesOptions,
): AsyncGenerator<EntryOutcome> {
  const { signal } = options
  signal?.throwIfAborted()
  const opening = openingOf(options)
  try {
    for await (const batch of batchesOf(entries)) {
      for (const outcome of await openBatch(batch, opening)) {
        signal?.throwIfAborted()
        yield outcome
      }
    }
  } finally {
    opening.macKey?.destroy()
  }
  // A source may end because of the same signal: that is no end of the entries.
  signal?.throwIfAborted()
}

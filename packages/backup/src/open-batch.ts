/** Opening a batch of entries: the shared secrets of all at once, an outcome for each. */
import { platformSharedSecrets } from '@roomkeys/crypto/shared-secrets'
import type { SharedSecrets } from '@roomkeys/crypto/x25519'
import type { BackupAlgorithm, MacPolicy } from './algorithm.ts'
import type { DecryptionKey } from './decryption-key.ts'
import type { BackupEntry, EntryOutcome, FailedEntry } from './entry.ts'
import { backupMacKey } from './mac-key.ts'
import { decodeEntry, type DecodedEntry, type OpenContext, openEntry } from './open-entry.ts'

/** What opening takes from its caller. */
export interface OpeningOptions {
  readonly algorithm: BackupAlgorithm
  /** The key of the backup; match it with the version first. */
  readonly key: DecryptionKey
  /** Which MACs are accepted; the deployed one alone by default. */
  readonly macPolicy?: MacPolicy
  /** Provider of shared secrets; the platform's by default. */
  readonly sharedSecrets?: SharedSecrets
}

/** What every batch of a backup is opened with. */
export interface Opening extends OpenContext {
  readonly key: DecryptionKey
  readonly sharedSecrets: SharedSecrets
}

const MAC_POLICIES: readonly MacPolicy[] = ['libolm', 'libolm_or_intended', 'backup_mac_required']

/** From JavaScript, a policy that is misspelt would be the weakest. */
function assertMacPolicy(policy: MacPolicy): void {
  if (MAC_POLICIES.includes(policy)) return
  throw new TypeError('macPolicy must be libolm, libolm_or_intended or backup_mac_required')
}

/** Begins an opening; its MAC key is to be destroyed at the end. */
export function openingOf({
  algorithm,
  key,
  macPolicy = 'libolm',
  sharedSecrets = platformSharedSecrets,
}: OpeningOptions): Opening {
  assertMacPolicy(macPolicy)
  return { algorithm, key, macPolicy, sharedSecrets, macKey: backupMacKey(key) }
}

/** Opens what is decoded: an outcome for each, in their order. */
export async function openDecoded(
  decoded: readonly (DecodedEntry | FailedEntry)[],
  opening: Opening,
): Promise<readonly EntryOutcome[]> {
  const { key, sharedSecrets } = opening
  const waiting = decoded.filter((entry) => entry.status === 'decoded')
  const ephemerals = waiting.map(({ encrypted }) => encrypted.ephemeral)
  const secrets = await sharedSecrets(key.privateKey.expose(), ephemerals)
  if (secrets.length !== ephemerals.length)
    throw new TypeError('sharedSecrets must return one result for each public key')
  // One secret for each decoded entry, in their order.
  let position = 0
  return decoded.map((entry) =>
    entry.status === 'failed' ? entry : openEntry(entry, secrets[position++] ?? null, opening),
  )
}

/** Opens a batch: an outcome for each entry, in their order. */
export function openBatch(
  batch: readonly BackupEntry[],
  opening: Opening,
): Promise<readonly EntryOutcome[]> {
  return openDecoded(
    batch.map((entry) => decodeEntry(entry, opening)),
    opening,
  )
}

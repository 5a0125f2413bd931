/** The key of a snapshot, as a person gives it. */
import type { DecryptionKey } from '@roomkeys/backup'
import { decodeKeyForm } from '../account/key-forms.ts'
import type { CommandContext } from '../context.ts'
import { readSecret, RECOVERY_KEY, type SecretSource } from '../io/secrets.ts'
import { assertKey, type Snapshot } from '../sources/snapshot.ts'

/**
 * Reads the key of a snapshot and checks it against the snapshot's version, where that is known.
 *
 * @throws CryptoError for a typo; CliError `wrong_key`
 */
export async function readSnapshotKey(
  context: CommandContext,
  snapshot: Snapshot,
  source: SecretSource = RECOVERY_KEY,
): Promise<DecryptionKey> {
  const key = decodeKeyForm(await readSecret(context, source))
  assertKey(snapshot, key)
  return key
}

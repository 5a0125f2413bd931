/** Sealing sessions for a backup: in batches, in order, one outcome for each. */
import { platformAgreements } from '@roomkeys/crypto/agreements'
import type { RandomBytes } from '@roomkeys/crypto/bytes'
import { type Agreements, nobleAgreements } from '@roomkeys/crypto/x25519'
import type { BackupAlgorithm } from './algorithm.ts'
import { batchesOf } from './batches.ts'
import type { EncryptionKey } from './encryption-key.ts'
import { sealEntry, type SealOutcome, type SessionToSeal } from './seal-entry.ts'

/** How sessions are sealed. */
export interface SealEntriesOptions {
  readonly algorithm: BackupAlgorithm
  /** The keys of the backup. A MAC key makes v1 entries carry `backup_mac` too; v2 needs it. */
  readonly key: EncryptionKey
  /** Provider of ephemeral keys and their shared secrets; the platform's by default. */
  readonly agree?: Agreements
  /** Source of the ephemeral private keys, where `agree` is absent; it must never repeat. */
  readonly random?: RandomBytes
  readonly signal?: AbortSignal
}

function agreementsOf({ agree, random }: SealEntriesOptions): Agreements {
  return agree ?? (random === undefined ? platformAgreements : nobleAgreements(random))
}

async function sealBatch(
  batch: readonly SessionToSeal[],
  options: SealEntriesOptions,
): Promise<readonly SealOutcome[]> {
  const { algorithm, key } = options
  const agreements = await agreementsOf(options)(key.publicKey, batch.length)
  return batch.map((input, position) => {
    const agreement = agreements[position]
    if (agreement === undefined || agreements.length !== batch.length)
      throw new TypeError('agree must return as many results as were asked for')
    return sealEntry(input, agreement, { algorithm, macKey: key.macKey })
  })
}

/**
 * Seals sessions and yields an outcome for each, in their order. A session that cannot be sealed costs
 * no other.
 *
 * @throws BackupError `malformed_auth_data` when the public key is of low order, `mac_key_missing`
 * when the algorithm needs a MAC key
 * @throws the signal's reason when it is aborted, and whatever the source of sessions throws
 */
export async function* sealEntries(
  sessions: Iterable<SessionToSeal> | AsyncIterable<SessionToSeal>,
  options: SealEntriesOptions,
): AsyncGenerator<SealOutcome> {
  const { signal } = options
  signal?.throwIfAborted()
  for await (const batch of batchesOf(sessions)) {
    for (const outcome of await sealBatch(batch, options)) {
      signal?.throwIfAborted()
      yield outcome
    }
  }
  // A source may end because of the same signal: that is no end of the sessions.
  signal?.throwIfAborted()
}

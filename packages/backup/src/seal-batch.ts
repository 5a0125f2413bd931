/** Sealing a batch of sessions: the agreements of all at once, an outcome for each. */
import { platformAgreements } from '@roomkeys/crypto/agreements'
import type { RandomBytes } from '@roomkeys/crypto/bytes'
import { type Agreements, nobleAgreements } from '@roomkeys/crypto/x25519'
import type { BackupAlgorithm } from './algorithm.ts'
import type { EncryptionKey } from './encryption-key.ts'
import { sealEntry, type SealOutcome, type SessionToSeal } from './seal-entry.ts'

/** What sealing takes from its caller. */
export interface SealingOptions {
  readonly algorithm: BackupAlgorithm
  /** The keys of the backup. A MAC key makes v1 entries carry `backup_mac` too; v2 needs it. */
  readonly key: EncryptionKey
  /** Provider of ephemeral keys and their shared secrets; the platform's by default. */
  readonly agree?: Agreements
  /** Source of the ephemeral private keys, where `agree` is absent; it must never repeat. */
  readonly random?: RandomBytes
}

function agreementsOf({ agree, random }: SealingOptions): Agreements {
  return agree ?? (random === undefined ? platformAgreements : nobleAgreements(random))
}

/** Seals a batch: an outcome for each session, in their order. */
export async function sealBatch(
  batch: readonly SessionToSeal[],
  options: SealingOptions,
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

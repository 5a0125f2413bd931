/** A batch of opened keys on its way into the new version. */
import type { KeyBackupData } from '@roomkeys/types'
import { addressKey } from '../merge/address-key.ts'
import { convert } from './convert.ts'
import { type HeldCopies, heldCopies, standingOf } from './copies.ts'
import type { ReadEntry } from './open.ts'
import type { NotCarriedReason } from './report.ts'
import type { Run } from './run.ts'
import { createUpload, type Upload } from './upload.ts'

/** What became of a key. */
export type Settled = 'carried' | NotCarriedReason

/** Settles batches of one old version after the other. */
export interface Settling {
  /**
   * Begins an old version, or begins it again.
   *
   * @param carried - keys of it that are known to be in the new version
   */
  readonly begin: (carried: number) => void
  readonly settle: (batch: readonly ReadEntry[]) => Promise<ReadonlyMap<ReadEntry, Settled>>
}

const NONE_HELD: HeldCopies = new Map()

type Results = Map<ReadEntry, Settled>

/** Keys that are not settled by what the new version holds of them. */
function undecided(
  batch: readonly ReadEntry[],
  held: HeldCopies,
  results: Results,
): readonly ReadEntry[] {
  return batch.filter((read) => {
    const standing = standingOf(read, held.get(addressKey(read.entry)))
    if (standing === 'covers') results.set(read, 'carried')
    // Never over another ratchet: which one is true is not known, and the old version keeps ours.
    if (standing === 'conflicts') results.set(read, 'conflicting')
    return standing === 'lacks'
  })
}

/** An earlier copy takes the place of a later one; an unverified one would not. */
function asVerifiedAs(data: KeyBackupData, read: ReadEntry, held: HeldCopies): KeyBackupData {
  const isVerified = held.get(addressKey(read.entry))?.isVerified === true
  return isVerified ? { ...data, is_verified: true } : data
}

/** Reads back what was taken: another copy may be there. */
async function readBack(run: Run, taken: readonly ReadEntry[], results: Results): Promise<void> {
  const addresses = taken.map(({ entry }) => entry)
  const held = await heldCopies(run, addresses, 'by_room')
  for (const read of undecided(taken, held, results)) results.set(read, 'shadowed')
}

async function send(
  upload: Upload,
  prepared: readonly (readonly [ReadEntry, KeyBackupData])[],
  results: Results,
): Promise<{ readonly taken: readonly ReadEntry[]; readonly count: number | null }> {
  const { refused, count } = await upload(
    prepared.map(
      ([
        {
          entry: { roomId, sessionId },
        },
        data,
      ]) => ({ roomId, sessionId, data }),
    ),
  )
  const taken: ReadEntry[] = []
  for (const [read] of prepared) {
    const reason = refused.get(addressKey(read.entry))
    results.set(read, reason ?? 'carried')
    if (reason === undefined) taken.push(read)
  }
  return { taken, count }
}

async function prepare(
  run: Run,
  missing: readonly ReadEntry[],
  { held, results }: { readonly held: HeldCopies; readonly results: Results },
): Promise<readonly (readonly [ReadEntry, KeyBackupData])[]> {
  const converted = await convert(missing, run)
  return missing.flatMap((read): [ReadEntry, KeyBackupData][] => {
    const data = converted.get(read)
    if (data === undefined) results.set(read, 'unsealable')
    return data === undefined ? [] : [[read, asVerifiedAs(data, read, held)]]
  })
}

/**
 * Begins to settle.
 *
 * As long as the new version holds exactly what came from this old version, a key that comes cannot be
 * there already. Once it holds anything else (from a run that was cut off, another device, another old
 * version), keys are compared with what is there before they are uploaded, because some servers replace
 * a better copy. Once an upload adds another number of keys than it should, another device is at work,
 * and whatever is uploaded from then on is read back.
 *
 * @param count - keys in the new version
 */
export function createSettling(run: Run, count: number): Settling {
  const upload = createUpload(run)
  let total = count
  /** Keys in the new version that may come yet. */
  let surplus = count

  let writers: 'us' | 'others_too' = 'us'

  function account(answered: number | null, added: number): void {
    if (answered === null) return
    const difference = answered - total - added
    total = answered
    surplus += difference
    if (difference !== 0) writers = 'others_too'
  }

  return {
    begin: (carried) => {
      surplus = total - carried
    },
    settle: async (batch) => {
      const results: Results = new Map()
      const addresses = batch.map(({ entry }) => entry)
      const held = surplus === 0 ? NONE_HELD : await heldCopies(run, addresses, 'by_room')
      surplus -= held.size
      const prepared = await prepare(run, undecided(batch, held, results), { held, results })
      const { taken, count: answered } = await send(upload, prepared, results)
      const replaced = taken.filter(({ entry }) => held.has(addressKey(entry)))
      account(answered, taken.length - replaced.length)
      await readBack(run, writers === 'us' ? replaced : taken, results)
      return results
    },
  }
}

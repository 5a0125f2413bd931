/** Comparing the new version with the old ones, before the new key is stored. */
import { type RandomBytes, randomBytes } from '@roomkeys/crypto/bytes'
import { callOptions } from '../ports/call-options.ts'
import type { BackupEntry } from '../entry.ts'
import { BackupError } from '../errors.ts'
import { addressKey } from '../merge/address-key.ts'
import { persistently, requireCurrent } from './calls.ts'
import { heldCopies, type ReadHow, standingOf } from './copies.ts'
import { isGone } from './copy.ts'
import type { DoneSource, Made } from './intent.ts'
import { openAll, openEach, type Opening, type TriedEntry } from './open.ts'
import { isNotCarried } from './reasons.ts'
import type { Run } from './run.ts'
import type { ReadableSource } from './sources.ts'

/** Keys in a sample. */
const SAMPLE_SIZE = 50

/** An old version that was copied, and what is known of it. */
export interface Copied {
  readonly source: ReadableSource
  readonly done: DoneSource
}

function failed(why: string): BackupError {
  return new BackupError('verification_failed', `The new version is not as it was written: ${why}`)
}

/** The entries of an old version, without those that are known not to be carried over. */
async function* carried({ options }: Run, { source, done }: Copied): AsyncGenerator<BackupEntry> {
  const lost = new Set(done.listed.filter(({ reason }) => isNotCarried(reason)).map(addressKey))
  try {
    for await (const entry of options.api.readKeys(source.info.version, callOptions(options)))
      if (!lost.has(addressKey(entry))) yield entry
  } catch (error) {
    if (!(await isGone(options, error, source.info.version))) throw error
  }
}

function openingOf(run: Run, { algorithm, key }: ReadableSource): Opening {
  return { algorithm, keys: [key, ...run.keys] }
}

/** Compares entries with what is held; those that nobody can open are not compared. */
async function compare(run: Run, tried: readonly TriedEntry[], how: ReadHow): Promise<void> {
  const reads = tried.flatMap(({ reading }) => (typeof reading === 'string' ? [] : [reading]))
  const addresses = reads.map(({ entry }) => entry)
  const held = await heldCopies(run, addresses, how)
  if (reads.some((read) => standingOf(read, held.get(addressKey(read.entry))) !== 'covers'))
    throw failed('a key that was carried over cannot be read from it')
}

function below(limit: number, random: RandomBytes): number {
  const [a = 0, b = 0, c = 0, d = 0] = random(4)
  return Math.floor(((((a * 256 + b) * 256 + c) * 256 + d) / 2 ** 32) * limit)
}

/** Some of the entries, each as likely as any other. */
async function sampleOf(run: Run, copied: Copied, size: number): Promise<readonly BackupEntry[]> {
  const { random = randomBytes } = run.options
  const sample: BackupEntry[] = []
  let seen = 0
  for await (const entry of carried(run, copied)) {
    seen += 1
    const place = sample.length < size ? sample.length : below(seen, random)
    if (place < size) sample[place] = entry
  }
  return sample
}

/** How many keys of a sample are from each version: as many as it is large. */
function shareOf({ done }: Copied, all: readonly Copied[], size: number): number {
  const total = all.reduce((sum, one) => sum + one.done.entries, 0)
  return total === 0 ? 0 : Math.ceil((size * done.entries) / total)
}

async function verifyAll(run: Run, copied: Copied): Promise<void> {
  const opening = openingOf(run, copied.source)
  for await (const tried of openEach(run.options, carried(run, copied), opening))
    await compare(run, tried, 'by_room')
}

/**
 * Compares counts, and a sample or everything.
 *
 * @throws BackupError `verification_failed` or `version_changed`
 */
export async function verify(run: Run, intent: Made, all: readonly Copied[]): Promise<void> {
  const { verify: how = 'sample', sampleSize = SAMPLE_SIZE, signal } = run.options
  const { count } = await requireCurrent(run.options, intent.version)
  // The addresses within one old version differ; those of two may be the same.
  if (all.some(({ done }) => done.carried > count)) throw failed('it holds fewer keys')
  for (const copied of all) {
    signal?.throwIfAborted()
    if (how === 'all') {
      await persistently(run.options, () => verifyAll(run, copied))
      continue
    }
    const size = shareOf(copied, all, sampleSize)
    const entries = await persistently(run.options, () => sampleOf(run, copied, size))
    const opening = openingOf(run, copied.source)
    await compare(run, await openAll(run.options, entries, opening), 'by_key')
  }
}

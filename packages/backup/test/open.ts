/** Opening entries of the account's backup. */
import { nobleSharedSecrets, type SharedSecrets } from '@roomkeys/crypto/x25519'
import type { BackupEntry, EntryOutcome, FailedEntry, OpenedEntry } from '../src/entry.ts'
import { openEntries, type OpenEntriesOptions } from '../src/open-entries.ts'
import { megolmBackupV1 } from '../src/v1.ts'
import { account } from './vectors.ts'

const secrets = new Map<string, Awaited<ReturnType<SharedSecrets>>[number]>()

/** Shared secrets that are computed once: a test opens the same entry many times. */
export const memoisedSharedSecrets: SharedSecrets = async (privateKey, publicKeys) => {
  const results: Awaited<ReturnType<SharedSecrets>>[number][] = []
  for (const publicKey of publicKeys) {
    const name = `${privateKey.join()} ${publicKey.join()}`
    const known = secrets.get(name)
    const [secret = null] =
      known === undefined ? await nobleSharedSecrets(privateKey, [publicKey]) : [known]
    secrets.set(name, secret)
    results.push(secret)
  }
  return results
}

/** Options that open the account's backup. */
export const OPTIONS: OpenEntriesOptions = {
  algorithm: megolmBackupV1,
  key: account.key,
  sharedSecrets: memoisedSharedSecrets,
}

/** Every outcome. */
export async function openAll(
  entries: Iterable<BackupEntry> | AsyncIterable<BackupEntry>,
  options: Partial<OpenEntriesOptions> = {},
): Promise<readonly EntryOutcome[]> {
  const outcomes: EntryOutcome[] = []
  for await (const outcome of openEntries(entries, { ...OPTIONS, ...options }))
    outcomes.push(outcome)
  return outcomes
}

/** The outcome of one entry. */
export async function openOne(
  entry: BackupEntry,
  options: Partial<OpenEntriesOptions> = {},
): Promise<EntryOutcome> {
  const [outcome, ...others] = await openAll([entry], options)
  if (outcome === undefined || others.length > 0) throw new TypeError('One outcome was expected')
  return outcome
}

/** The outcome of an entry that opens; the reason is the failure of the test. */
export async function openGood(
  entry: BackupEntry,
  options: Partial<OpenEntriesOptions> = {},
): Promise<OpenedEntry> {
  const outcome = await openOne(entry, options)
  if (outcome.status === 'opened') return outcome
  throw outcome.error
}

/** The outcome of an entry that does not open. */
export async function openBad(
  entry: BackupEntry,
  options: Partial<OpenEntriesOptions> = {},
): Promise<FailedEntry> {
  const outcome = await openOne(entry, options)
  if (outcome.status === 'failed') return outcome
  throw new TypeError('The entry was opened')
}

/**
 * Moving secrets to a new key, so that a crash between any two steps loses nothing.
 *
 * The order: describe the new key; write every secret for it beside the old encryption; read all of
 * them back; make it the default; only then drop the old encryptions. At each moment the default key
 * opens everything, and running it again completes what was begun.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#secret-storage
 */
import { equalBytes, utf8 } from '@roomkeys/crypto/bytes'
import { type SecretAccountData, writeContent } from './account-data.ts'
import { SecretStorageError } from './errors.ts'
import type { SecretStorageKey } from './key.ts'
import { BACKUP_KEY_SECRET, type StoredSecret } from './schemas.ts'
import { openStored, readStored, withEncryptions, type WriteOptions } from './stored-secret.ts'
import { SUPERSEDED_BACKUP_KEYS_SECRET } from './superseded-backup-keys.ts'
import { readDefaultKeyId, writeDefaultKeyId, writeKey } from './unlock.ts'

/** The secrets that the specification names, and the one of our own. */
export const KNOWN_SECRETS: readonly string[] = [
  'm.cross_signing.master',
  'm.cross_signing.self_signing',
  'm.cross_signing.user_signing',
  BACKUP_KEY_SECRET,
  SUPERSEDED_BACKUP_KEYS_SECRET,
]

/** What became of one secret. */
export type MoveOutcome =
  /** The new key opens it, and nothing is stored under the old one. */
  | { readonly name: string; readonly status: 'moved' }
  /** The new key opens it and the old one still does: another secret failed, so nothing was dropped. */
  | { readonly name: string; readonly status: 'copied' }
  /** Neither key has it; other keys, named here, may. */
  | { readonly name: string; readonly status: 'not_stored'; readonly otherKeys: readonly string[] }
  /** It is where it was. */
  | { readonly name: string; readonly status: 'failed'; readonly error: SecretStorageError }

/** What moving did. */
export interface MoveReport {
  /** Whether the new key is the default one. */
  readonly switched: boolean
  /** One for each name, in their order. */
  readonly secrets: readonly MoveOutcome[]
}

/** What is moved, from where to where. */
export interface SecretMove {
  readonly from: SecretStorageKey
  readonly to: SecretStorageKey
  /** {@link KNOWN_SECRETS} when absent. */
  readonly names?: readonly string[]
}

/** A move under way. */
interface Move extends SecretMove {
  readonly accountData: SecretAccountData
  readonly options: WriteOptions
}

/** A secret as both keys see it. */
interface Inspected {
  readonly stored: StoredSecret
  readonly old: string | null
  readonly new: string | null
}

/** What the new key has, or `null` when it opens nothing: then it is written anew. */
function openNew(stored: StoredSecret, name: string, to: SecretStorageKey): string | null {
  try {
    return openStored(stored, name, to)
  } catch (error) {
    if (error instanceof SecretStorageError) return null
    throw error
  }
}

async function inspect({ accountData, from, to, options }: Move, name: string): Promise<Inspected> {
  const stored = await readStored(accountData, name, options)
  const old = openStored(stored, name, from)
  const opened = old === null ? openStored(stored, name, to) : openNew(stored, name, to)
  if (old !== null && opened !== null && !equalBytes(utf8(old), utf8(opened)))
    throw new SecretStorageError('values_differ', `The two keys hold different values of ${name}`)
  return { stored, old, new: opened }
}

/** Writes the secret for the new key, where only the old one has it. */
async function copy(move: Move, name: string): Promise<void> {
  const { accountData, to, options } = move
  const { stored, old, new: there } = await inspect(move, name)
  if (old === null || there !== null) return
  const content = withEncryptions(stored, { name, secret: old, keys: [to] }, options)
  await writeContent(accountData, { type: name, content }, options)
}

/** Where a secret is. */
function outcomeOf(name: string, { stored, old, new: there }: Inspected): MoveOutcome {
  if (there !== null) return { name, status: old === null ? 'moved' : 'copied' }
  if (old === null) return { name, status: 'not_stored', otherKeys: Object.keys(stored.encrypted) }
  throw new SecretStorageError('not_written', `The secret ${name} is not there after writing it`)
}

/** Copies, and reads back what was written: an answer is no proof. */
async function copyAndVerify(move: Move, name: string): Promise<MoveOutcome> {
  await copy(move, name)
  return outcomeOf(name, await inspect(move, name))
}

/** Drops the encryption for the old key, where the new key is seen to open the same value. */
async function drop(move: Move, name: string): Promise<MoveOutcome> {
  const { accountData, from, options } = move
  const inspected = await inspect(move, name)
  const outcome = outcomeOf(name, inspected)
  if (outcome.status !== 'copied') return outcome
  const { stored } = inspected
  const kept = Object.entries(stored.encrypted).filter(([keyId]) => keyId !== from.keyId)
  const content = { ...stored, encrypted: Object.fromEntries(kept) }
  await writeContent(accountData, { type: name, content }, options)
  return { name, status: 'moved' }
}

/** A step for one secret. What is wrong with the secret costs no other; all else stops the move. */
async function attempt(
  name: string,
  step: (name: string) => Promise<MoveOutcome>,
): Promise<MoveOutcome> {
  try {
    return await step(name)
  } catch (error) {
    if (!(error instanceof SecretStorageError)) throw error
    return { name, status: 'failed', error }
  }
}

async function forEach(
  names: readonly string[],
  step: (name: string) => Promise<MoveOutcome>,
): Promise<readonly MoveOutcome[]> {
  const outcomes: MoveOutcome[] = []
  for (const name of names) outcomes.push(await attempt(name, step))
  return outcomes
}

async function readSwitchable({ accountData, from, to, options }: Move): Promise<string | null> {
  const keyId = await readDefaultKeyId(accountData, options)
  if (keyId === null || keyId === from.keyId || keyId === to.keyId) return keyId
  throw new SecretStorageError('other_default_key', 'The default key is neither of the two')
}

/**
 * Moves secrets from one key to another and makes that one the default key. Where a secret fails, the
 * default stays and nothing is dropped. The description of the old key is kept: secrets under names
 * that are not known here may still need it.
 *
 * A failure of the port stops the move with the port's error; running it again completes it.
 *
 * @throws SecretStorageError `other_default_key`; `wrong_key` when the account has another key under the
 * new one's id; `malformed_account_data` when the default key or that description cannot be read
 * @throws TypeError when both keys have one id
 * @throws the signal's reason when it is aborted
 */
export async function moveSecrets(
  accountData: SecretAccountData,
  secretMove: SecretMove,
  options: WriteOptions = {},
): Promise<MoveReport> {
  const { from, to, names = KNOWN_SECRETS } = secretMove
  if (from.keyId === to.keyId) throw new TypeError('to must be another key than from')
  const move = { ...secretMove, accountData, options }
  const keyId = await readSwitchable(move)
  await writeKey(accountData, to, options)
  const copied = await forEach(names, (name) => copyAndVerify(move, name))
  if (copied.some(({ status }) => status === 'failed'))
    return { switched: keyId === to.keyId, secrets: copied }
  if (keyId !== to.keyId) await writeDefaultKeyId(accountData, to.keyId, options)
  return { switched: true, secrets: await forEach(names, (name) => drop(move, name)) }
}

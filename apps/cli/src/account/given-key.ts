/** Keys as a person gives them: what opens secret storage, and what opens a version of the backup. */
import { type DecryptionKey, decryptionKeyFromBytes, matchKey } from '@roomkeys/backup'
import {
  readBackupKey,
  readDefaultKey,
  readSupersededBackupKeys,
  type SecretStorageKey,
  SecretStorageError,
  unlockKey,
} from '@roomkeys/secret-storage'
import type { BackupVersionInfo } from '@roomkeys/types'
import type { CommandContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { ask } from '../io/prompt.ts'
import { canAsk, findSecret, readSecret, RECOVERY_KEY, SECURITY_PHRASE } from '../io/secrets.ts'
import type { Account } from './account.ts'
import { ALGORITHMS } from './algorithms.ts'
import { decodeKeyForm } from './key-forms.ts'

/** What a person gave. */
export type Given =
  | { readonly kind: 'phrase'; readonly phrase: string }
  | { readonly kind: 'key'; readonly key: DecryptionKey }

/** A key of a version, and where it was. */
export interface VersionKey {
  readonly key: DecryptionKey
  /** The given key itself, what secret storage holds, or a superseded key there. */
  readonly from: 'given' | 'secret_storage' | 'superseded'
}

function decoded(text: string): Given {
  return { kind: 'key', key: decodeKeyForm(text) }
}

/**
 * What a file or the environment gives; `null` when nothing does.
 *
 * @throws CliError; CryptoError what kind of typo a key has
 */
export async function findGiven(context: CommandContext): Promise<Given | null> {
  const phrase = await findSecret(context, SECURITY_PHRASE)
  if (phrase !== null) return { kind: 'phrase', phrase }
  const text = await findSecret(context, RECOVERY_KEY)
  return text === null ? null : decoded(text)
}

const KEY_OR_PHRASE = 'Recovery key (press Enter to type the security phrase instead)'

/** Whoever has a phrase instead says so by typing no key. */
async function askGiven(context: CommandContext): Promise<Given> {
  const text = await ask(context, { kind: 'password', message: KEY_OR_PHRASE })
  if (text !== '') return decoded(text)
  return { kind: 'phrase', phrase: await readSecret(context, SECURITY_PHRASE) }
}

/**
 * What a file or the environment gives, or what is typed.
 *
 * @throws CliError `usage` when there is nobody to ask; CryptoError what kind of typo a key has
 */
export async function readGiven(context: CommandContext): Promise<Given> {
  const given = await findGiven(context)
  if (given !== null) return given
  return canAsk(context) ? askGiven(context) : decoded(await readSecret(context, RECOVERY_KEY))
}

/**
 * Opens the default key of secret storage.
 *
 * @throws SecretStorageError `wrong_key`, `no_default_key` and others
 */
export async function unlockStorage(
  { accountData }: Account,
  given: Given,
  signal: AbortSignal,
): Promise<SecretStorageKey> {
  const described = await readDefaultKey(accountData, { signal })
  if (described === null)
    throw new SecretStorageError('no_default_key', 'The account has no secret storage')
  const opener =
    given.kind === 'phrase'
      ? { passphrase: given.phrase }
      : { bytes: given.key.privateKey.expose() }
  return unlockKey(described, opener, { signal })
}

/** `null` when the given key is not the one of secret storage, or when there is none. */
export async function tryUnlockStorage(
  account: Account,
  given: Given,
  signal: AbortSignal,
): Promise<SecretStorageKey | null> {
  try {
    return await unlockStorage(account, given, signal)
  } catch (error) {
    const codes = ['wrong_key', 'no_default_key', 'no_key_description']
    if (error instanceof SecretStorageError && codes.includes(error.code)) return null
    throw error
  }
}

/** Whether a key opens a version. */
function opens(version: BackupVersionInfo, key: DecryptionKey): boolean {
  return matchKey(version, key, ALGORITHMS).kind === 'match'
}

async function storedKey(
  { accountData }: Account,
  { version, key }: { readonly version: BackupVersionInfo; readonly key: SecretStorageKey },
  signal: AbortSignal,
): Promise<VersionKey | null> {
  const stored = await readBackupKey(accountData, key, { signal })
  const current = stored === null ? null : decryptionKeyFromBytes(stored.expose())
  if (current !== null && opens(version, current)) return { key: current, from: 'secret_storage' }
  const superseded = await readSupersededBackupKeys(accountData, [key], { signal })
  const older = superseded
    .map(({ backupKey }) => decryptionKeyFromBytes(backupKey.expose()))
    .find((one) => opens(version, one))
  return older === undefined ? null : { key: older, from: 'superseded' }
}

/**
 * The key of a version: the given one, or one that secret storage holds under it.
 *
 * @throws CliError `wrong_key` with what the given key is instead
 * @throws BackupError `malformed_auth_data`
 */
export async function openVersionKey(
  context: CommandContext,
  account: Account,
  version: BackupVersionInfo,
): Promise<VersionKey> {
  const given = await readGiven(context)
  if (given.kind === 'key' && opens(version, given.key)) return { key: given.key, from: 'given' }
  const storage = await tryUnlockStorage(account, given, context.signal)
  if (storage === null)
    throw new CliError('wrong_key', 'This key opens neither the backup nor secret storage.', {
      hint: 'It may be the key of an older backup: see roomkeys versions, and roomkeys key inspect.',
    })
  const found = await storedKey(account, { version, key: storage }, context.signal)
  if (found !== null) return found
  throw new CliError(
    'wrong_key',
    'This opens secret storage, but no key in there opens the backup.',
    { hint: 'Run roomkeys doctor: it tells what to do.' },
  )
}

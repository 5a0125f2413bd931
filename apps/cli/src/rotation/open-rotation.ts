/** What a rotation works with: the account, a place for keys, a journal, and who signs. */
import type { BackupAlgorithm, DecryptionKey } from '@roomkeys/backup'
import { type Journal, type SecretVault, systemClock } from '@roomkeys/backup/ports'
import { ROTATION_RECORD, type RotateOptions } from '@roomkeys/backup/rotate'
import { megolmBackupV1 } from '@roomkeys/backup/v1'
import { secretStorageVault } from '@roomkeys/backup/vault'
import { signAuthData, type SigningKey } from '@roomkeys/cross-signing'
import { readDefaultKeyId, type SecretStorageKey } from '@roomkeys/secret-storage'
import type { BackupVersionInfo } from '@roomkeys/types'
import { ALGORITHMS } from '../account/algorithms.ts'
import { type Account, signedIn } from '../account/account.ts'
import { type Given, readGiven, tryUnlockStorage } from '../account/given-key.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { fileJournal } from '../keys/file-journal.ts'
import { fileVault, noPlace, readKeyFile, withKeyFile } from '../keys/file-vault.ts'
import { openMasterKey } from '../keys/master-key.ts'
import { algorithmNamed, MAC_POLICY } from '../sources/algorithms.ts'
import { currentVersion } from '../sources/server.ts'

/** What a rotation leads to. */
export interface Target {
  /** `null`: that of the current version. */
  readonly algorithm: BackupAlgorithm | null
  readonly key: 'new' | 'same'
}

/** A rotation that can begin, or go on. */
export interface OpenRotation {
  readonly options: RotateOptions
  /** The version that is current now. */
  readonly current: BackupVersionInfo
  /** Whether one is under way. */
  readonly isUnderWay: boolean
  /** Where the new key goes, for people. */
  readonly place: string
  /** Whether secret storage will go on holding the old key. */
  readonly leavesStorageBehind: boolean
}

/** Where keys are kept. */
interface KeyPlace {
  readonly vault: SecretVault
  readonly text: string
}

/** A file that is there already holds a key of something else, unless a rotation is under way. */
async function assertFree(path: string, isUnderWay: boolean): Promise<void> {
  if (isUnderWay || (await readKeyFile(path)).length === 0) return
  throw new CliError('bad_file', `${path} holds a key already.`, { hint: 'Name another file.' })
}

function placeOf(
  { options }: CommandContext,
  { accountData }: Account,
  given: { readonly held: readonly DecryptionKey[]; readonly storage: SecretStorageKey | null },
): KeyPlace {
  const path = options.text('newKeyFile')
  const { held, storage } = given
  const file = fileVault(path, held)
  if (storage === null) return { vault: file, text: path ?? 'where it is' }
  const vault = secretStorageVault({ accountData, keys: [storage] })
  if (path === null) return { vault, text: 'secret storage' }
  return { vault: withKeyFile(vault, file), text: `secret storage and ${path}` }
}

function unsigned(): CliError {
  return new CliError(
    'failed',
    'Nothing can sign the new version: other devices would not trust it.',
    {
      hint: 'Give the key or phrase of secret storage, where the master key is. Or add --unsigned, and let a signed-in client with this recovery key sign it afterwards.',
    },
  )
}

/** The master key signs, if secret storage has it. */
async function signerOf(
  { options, signal }: CommandContext,
  { homeserver, userId, accountData }: Account,
  storageKey: SecretStorageKey | null,
): Promise<SigningKey | null> {
  const place = { homeserver, userId, accountData }
  const master =
    storageKey === null ? null : await openMasterKey({ ...place, storageKey }, { signal })
  if (master === null && !options.flag('unsigned')) throw unsigned()
  return master
}

async function hasStorage({ accountData }: Account, signal: AbortSignal): Promise<boolean> {
  return (await readDefaultKeyId(accountData, { signal })) !== null
}

/** The given key, where it is not the one of secret storage. */
function heldKeys(given: Given, storage: SecretStorageKey | null): readonly DecryptionKey[] {
  return storage === null && given.kind === 'key' ? [given.key] : []
}

/** What cannot be read is told by the rotation itself. */
function algorithmOf({ algorithm }: BackupVersionInfo): BackupAlgorithm {
  return algorithmNamed(algorithm) ?? megolmBackupV1
}

function journalOf({ io }: CommandContext, { userId }: Account): Journal {
  return fileJournal({ userId, io })
}

/**
 * Opens a rotation to a target. Nothing is made.
 *
 * @throws CliError `usage` without a place for a new key, `failed` without a signature
 */
export async function openRotation(context: CommandContext, target: Target): Promise<OpenRotation> {
  const { signal, options } = context
  const account = await signedIn(context)
  const journal = journalOf(context, account)
  const isUnderWay = (await journal.read(ROTATION_RECORD)) !== null
  const current = await currentVersion(account, signal)
  const given = await readGiven(context)
  const storage = await tryUnlockStorage(account, given, signal)
  const path = options.text('newKeyFile')
  if (storage === null && path === null && target.key === 'new') throw noPlace()
  if (path !== null) await assertFree(path, isUnderWay)
  const master = await signerOf(context, account, storage)
  const held = heldKeys(given, storage)
  const leavesStorageBehind =
    storage === null && target.key === 'new' && (await hasStorage(account, signal))
  const { vault, text: place } = placeOf(context, account, { held, storage })
  return {
    options: {
      api: account.api,
      vault,
      journal,
      clock: systemClock,
      jitter: Math.random,
      signal,
      algorithms: ALGORITHMS,
      macPolicy: MAC_POLICY,
      target: { key: target.key, algorithm: target.algorithm ?? algorithmOf(current) },
      sign: (authData) =>
        Promise.resolve(master === null ? authData : signAuthData(authData, master)),
    },
    current,
    isUnderWay,
    place,
    leavesStorageBehind,
  }
}

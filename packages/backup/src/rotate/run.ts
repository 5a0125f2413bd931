/** A rotation whose version exists, with the keys that it needs. */
import type { BackupVersion } from '@roomkeys/types'
import { callOptions } from '../ports/call-options.ts'
import type { BackupAlgorithm } from '../algorithm.ts'
import type { DecryptionKey } from '../decryption-key.ts'
import { BackupError } from '../errors.ts'
import type { Made } from './intent.ts'
import type { RotateOptions } from './options.ts'
import { algorithmsOf } from './sources.ts'

/** The new version. */
export interface Target {
  readonly version: BackupVersion
  readonly algorithm: BackupAlgorithm
  readonly key: DecryptionKey
}

/** What copying and verifying work with. */
export interface Run {
  readonly options: RotateOptions
  readonly target: Target
  /** Keys that entries of any old version may be encrypted to: backups with mixed keys exist. */
  readonly keys: readonly DecryptionKey[]
}

async function keysOf(
  options: RotateOptions,
  { sources }: Made,
): Promise<readonly DecryptionKey[]> {
  const { vault } = options
  const publicKeys = new Set(sources.flatMap(({ publicKey }) => publicKey ?? []))
  const found = await Promise.all(
    [...publicKeys].map((publicKey) => vault.find(publicKey, callOptions(options))),
  )
  return [...found, await vault.current(callOptions(options))].filter((key) => key !== null)
}

/**
 * The new version with its keys.
 *
 * @throws BackupError `wrong_key` when the vault has lost the new key, `unsupported_algorithm` when the
 * algorithm of the rotation under way is none of the caller's
 */
export async function openRun(options: RotateOptions, intent: Made): Promise<Run> {
  const algorithm = algorithmsOf(options).find(({ name }) => name === intent.algorithm)
  if (algorithm === undefined)
    throw new BackupError('unsupported_algorithm', 'The rotation under way is to another algorithm')
  const key = await options.vault.find(intent.publicKey, callOptions(options))
  if (key === null) throw new BackupError('wrong_key', 'The vault has lost the new decryption key')
  const target: Target = { version: intent.version, algorithm, key }
  return { options, target, keys: [key, ...(await keysOf(options, intent))] }
}

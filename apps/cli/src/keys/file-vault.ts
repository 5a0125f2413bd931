/**
 * Vaults for a rotation: where the keys are that it starts from, and where the new one is kept before
 * anything is encrypted to it.
 */
import { decodeDecryptionKey, type DecryptionKey, encodeDecryptionKey } from '@roomkeys/backup'
import type { SecretVault } from '@roomkeys/backup/ports'
import { readFile } from 'node:fs/promises'
import { CliError } from '../errors.ts'
import { writeDurably } from './write-durably.ts'

function isNotThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** The keys in a file, one a line; none when it is not there. */
export async function readKeyFile(path: string): Promise<readonly DecryptionKey[]> {
  try {
    const lines = (await readFile(path, 'utf8')).split('\n')
    return lines.filter((line) => line.trim() !== '').map(decodeDecryptionKey)
  } catch (error) {
    if (isNotThere(error)) return []
    throw error
  }
}

/**
 * A vault in a file of new keys. The keys that the user has already are found and not written; none is
 * ever taken out of the file.
 *
 * @param path - `null`: there is no file, and no new key can be kept
 * @param held - the keys that the user gave
 */
export function fileVault(path: string | null, held: readonly DecryptionKey[]): SecretVault {
  const written = (): Promise<readonly DecryptionKey[]> =>
    path === null ? Promise.resolve([]) : readKeyFile(path)
  const all = async (): Promise<readonly DecryptionKey[]> => [
    ...(await written()).toReversed(),
    ...held,
  ]
  const keep: SecretVault['keep'] = async (key, options) => {
    options?.signal?.throwIfAborted()
    if ((await all()).some(({ publicKey }) => publicKey === key.publicKey)) return
    if (path === null) throw noPlace()
    const texts = [...(await written()), key].map(encodeDecryptionKey)
    await writeDurably(path, texts.map((text) => `${text}\n`).join(''))
  }
  return {
    current: async () => (await all())[0] ?? null,
    find: async (publicKey) => (await all()).find((key) => key.publicKey === publicKey) ?? null,
    keep,
    makeCurrent: keep,
    forget: () => Promise.resolve(),
  }
}

/** A new key without a place would be lost with the process. */
export function noPlace(): CliError {
  return new CliError('usage', 'The new key needs a place before anything is encrypted to it.', {
    hint: 'Give the key or phrase of secret storage, or name a file: --new-key-file FILE.',
  })
}

/** A vault that writes the keys that it is to keep into a file as well, and that first. */
export function withKeyFile(vault: SecretVault, file: SecretVault): SecretVault {
  return {
    current: (options) => vault.current(options),
    find: async (publicKey, options) =>
      (await vault.find(publicKey, options)) ?? (await file.find(publicKey, options)),
    keep: async (key, options) => {
      await file.keep(key, options)
      await vault.keep(key, options)
    },
    makeCurrent: async (key, options) => {
      await file.keep(key, options)
      await vault.makeCurrent(key, options)
    },
    forget: (publicKey, options) => vault.forget(publicKey, options),
  }
}

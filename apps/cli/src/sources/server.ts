/** The backup on the server: the account, and the version that a command is about. */
import { type BackupVersionInfo, backupVersion } from '@roomkeys/types'
import { type Account, signedIn } from '../account/account.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../errors.ts'

/** A version on the server. */
export interface ServerBackup {
  readonly account: Account
  readonly version: BackupVersionInfo
}

/** The current version of an account. */
export async function currentVersion(
  { api }: Account,
  signal: AbortSignal,
): Promise<BackupVersionInfo> {
  const current = await api.currentVersion({ signal })
  if (current !== null) return current
  throw new CliError('not_found', 'The account has no backup on this server.')
}

async function namedVersion(
  { api }: Account,
  name: string,
  signal: AbortSignal,
): Promise<BackupVersionInfo> {
  const version = await api.readVersion(backupVersion(name), { signal })
  if (version !== null) return version
  throw new CliError('not_found', 'The backup has no version of this name.', {
    hint: 'See roomkeys versions.',
  })
}

/**
 * Opens the version that `--backup-version` names, or the current one.
 *
 * @throws CliError `sign_in` or `not_found`; ApiError
 */
export async function openServer(context: CommandContext): Promise<ServerBackup> {
  const account = await signedIn(context)
  const name = context.options.text('backupVersion')
  const version =
    name === null
      ? await currentVersion(account, context.signal)
      : await namedVersion(account, name, context.signal)
  return { account, version }
}

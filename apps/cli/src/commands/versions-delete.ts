/** `roomkeys versions delete V`: a version and its keys go, even when nobody can read it. */
import { deleteBackupVersion, isTransportError } from '@roomkeys/transport'
import type { BackupVersion } from '@roomkeys/types'
import { type Account, signedIn } from '../account/account.ts'
import { versionArgument } from '../account/version-argument.ts'
import type { CommandContext, Run } from '../context.ts'
import { CliError } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import { explain } from '../explain.ts'
import { confirm } from '../io/confirm.ts'

function missing(version: string): CliError {
  return new CliError('not_found', `There is no version ${version}.`, {
    hint: 'roomkeys versions lists them.',
  })
}

/** How many keys would go, or `null` when the server gives no version that can be read. */
async function countOf(
  { api }: Account,
  version: BackupVersion,
  signal: AbortSignal,
): Promise<number | null> {
  try {
    const info = await api.readVersion(version, { signal })
    if (info === null) throw missing(version)
    return info.count
  } catch (error) {
    signal.throwIfAborted()
    // A broken record is why a version is deleted; anything else stops us before the deletion.
    if (explain(error).code !== 'bad_answer') throw error
    return null
  }
}

async function isCurrent({ api }: Account, version: string, signal: AbortSignal): Promise<boolean> {
  try {
    return (await api.currentVersion({ signal }))?.version === version
  } catch (error) {
    signal.throwIfAborted()
    if (explain(error).code !== 'bad_answer') throw error
    return false
  }
}

async function planOf(account: Account, version: BackupVersion, signal: AbortSignal) {
  const count = await countOf(account, version, signal)
  const current = await isCurrent(account, version, signal)
  const keys = count === null ? 'all of its keys, however many' : `its ${count} keys`
  return {
    count,
    current,
    lines: [
      `Version ${version} and ${keys} will be deleted from the server. They do not come back.`,
      ...(current ? ['It is the current version: clients will stop to back up to it.'] : []),
      ...(count === 0 ? [] : ['roomkeys download -o FILE saves them first.']),
    ],
  }
}

async function remove(
  { homeserver }: Account,
  version: BackupVersion,
  { signal }: CommandContext,
): Promise<void> {
  try {
    await deleteBackupVersion(homeserver, { version }, { signal })
  } catch (error) {
    if (isTransportError(error) && error.code === 'not_found') throw missing(version)
    throw error
  }
}

/** Deletes a version, after a question. */
export const run: Run = async (context) => {
  const version = versionArgument(context.args[0])
  const account = await signedIn(context)
  const { count, current, lines } = await planOf(account, version, context.signal)
  const goesOn = await confirm(context, { lines, question: `Delete version ${version}?` })
  if (goesOn) await remove(account, version, context)
  await context.output.result({ version, count, was_current: current, deleted: goesOn }, () =>
    goesOn ? `Version ${version} is deleted.` : `Version ${version} would be deleted.`,
  )
  return EXIT.ok
}

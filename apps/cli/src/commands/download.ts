/** `roomkeys download -o FILE`: the backup as it is, encrypted. */
import type { BackupVersionInfo } from '@roomkeys/types'
import type { CommandContext, Run } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { mayCreate } from '../io/new-file.ts'
import { requiredFile } from '../keys/arguments.ts'
import { type Downloaded, download } from '../sources/download.ts'
import { recordPathOf } from '../sources/snapshot-record.ts'
import { openServer, type ServerBackup } from '../sources/server.ts'

const HOW_TO_RESUME =
  'Run the same command to go on: rooms that came whole are kept, as long as the backup has not changed.'

async function perform(
  { output, signal }: CommandContext,
  { account, version }: ServerBackup,
  path: string,
): Promise<Downloaded> {
  const { homeserver } = account
  output.onInterruptSay(HOW_TO_RESUME)
  const progress = output.progress({ label: 'Downloading', unit: 'keys', total: version.count })
  try {
    const downloaded = await download({
      homeserver,
      version,
      path,
      signal,
      onProgress: (entries) => {
        progress.update(entries)
      },
    })
    output.onInterruptSay(null)
    return downloaded
  } catch (error) {
    if (!signal.aborted) output.warn(HOW_TO_RESUME)
    throw error
  } finally {
    progress.end()
  }
}

/** Whether another device wrote to the backup meanwhile. */
async function hasChanged(
  { account }: ServerBackup,
  before: BackupVersionInfo,
  signal: AbortSignal,
): Promise<boolean> {
  const after = await account.api.readVersion(before.version, { signal })
  return after?.etag !== before.etag
}

/** Runs the command. */
export const run: Run = async (context) => {
  const { output, signal } = context
  const path = requiredFile(context, 'output', '-o')
  const server = await openServer(context)
  const { version } = server
  if (!(await mayCreate(context, path))) return EXIT.ok
  const { record, resumedRooms } = await perform(context, server, path)
  const { entries, rooms, bytes } = record
  const changed = await hasChanged(server, version, signal)
  const facts = { entries, rooms, bytes, resumed_rooms: resumedRooms, changed }
  const value = { output: path, record: recordPathOf(path), version: version.version, ...facts }
  await output.result(
    value,
    () => `${entries} keys in ${rooms} rooms saved to ${path}, still encrypted.`,
  )
  if (changed) output.warn('The backup changed meanwhile: what came later is not in the snapshot.')
  else if (entries !== version.count) {
    output.warn(`The server announced ${version.count} keys and gave ${entries}.`)
    return EXIT.partial
  }
  return EXIT.ok
}

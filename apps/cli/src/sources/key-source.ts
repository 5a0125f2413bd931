/** The places that a person can name for a comparison: the server, a snapshot, a key file. */
import { backupSource, dumpSource, exportSource, type KeySource } from '@roomkeys/backup/diff'
import { ALGORITHMS } from '../account/algorithms.ts'
import { openVersionKey } from '../account/given-key.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { EXPORT_PASSPHRASE, readSecret, RECOVERY_KEY, type SecretSource } from '../io/secrets.ts'
import { countedSessions, type ReadTally, sessionsOf } from '../keys/key-file.ts'
import { SECOND_PASSPHRASE, SECOND_RECOVERY_KEY } from '../keys/second-secrets.ts'
import { sessionsIn } from '../keys/sessions.ts'
import { readSnapshotKey } from '../keys/snapshot-key.ts'
import { MAC_POLICY } from './algorithms.ts'
import { kindOfFile } from './file-kind.ts'
import { bytesOf } from './read-file.ts'
import { openServer } from './server.ts'
import { openSnapshot } from './snapshot.ts'

/** What the server is called. */
export const SERVER = 'server'

/** A place, as it was named. */
export interface NamedPlace {
  readonly name: string
  /** Whose secrets may differ from those of the first. */
  readonly isSecond: boolean
  /** Counts what is no session. */
  readonly tally: ReadTally
}

/** The second secret where one is given, else the first. */
function sourceFor(
  { options }: CommandContext,
  { isSecond }: NamedPlace,
  [first, second]: readonly [SecretSource, SecretSource],
): SecretSource {
  return isSecond && options.text(second.option) !== null ? second : first
}

async function serverSource(context: CommandContext): Promise<KeySource> {
  const { account, version } = await openServer(context)
  const { key } = await openVersionKey(context, account, version)
  const { api } = account
  return backupSource({ api, key, algorithms: ALGORITHMS, macPolicy: MAC_POLICY }, SERVER)
}

async function snapshotSource(context: CommandContext, place: NamedPlace): Promise<KeySource> {
  const snapshot = await openSnapshot(place.name)
  const secret = sourceFor(context, place, [RECOVERY_KEY, SECOND_RECOVERY_KEY])
  const key = await readSnapshotKey(context, snapshot, secret)
  const { algorithm } = snapshot
  const options = { name: place.name, algorithm, key, macPolicy: MAC_POLICY }
  return dumpSource(snapshot.entries(context.signal), options)
}

async function keyFileSource(context: CommandContext, place: NamedPlace): Promise<KeySource> {
  const { name: path, tally } = place
  const secret = sourceFor(context, place, [EXPORT_PASSPHRASE, SECOND_PASSPHRASE])
  const passphrase = await readSecret(context, secret)
  const { signal } = context
  return exportSource(sessionsOf({ path, passphrase }, { signal, tally }), path)
}

function plainSource({ signal }: CommandContext, { name: path, tally }: NamedPlace): KeySource {
  return exportSource(countedSessions(sessionsIn(bytesOf(path, signal)), tally), path)
}

/**
 * Opens a place. Its keys can be read once.
 *
 * @throws CliError `bad_file` when a file is none of the known kinds
 */
export async function openKeySource(
  context: CommandContext,
  place: NamedPlace,
): Promise<KeySource> {
  if (place.name === SERVER) return serverSource(context)
  switch (await kindOfFile(place.name)) {
    case 'snapshot':
      return snapshotSource(context, place)
    case 'key_export':
      return keyFileSource(context, place)
    case 'sessions':
      return plainSource(context, place)
    case 'unknown':
      throw new CliError('bad_file', `${place.name} is neither a snapshot nor a key file.`, {
        hint: `A place is "${SERVER}", a snapshot (roomkeys download), or a key file.`,
      })
  }
}

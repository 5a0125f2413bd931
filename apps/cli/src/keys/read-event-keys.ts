/** The sessions of a file, whatever kind of file it is. */
import { openEntries } from '@roomkeys/backup'
import { decodeKeyForm } from '../account/key-forms.ts'
import { MegolmError } from '@roomkeys/megolm'
import type { ExportedSessionData } from '@roomkeys/types'
import type { CommandContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import { EXPORT_PASSPHRASE, readSecret, RECOVERY_KEY } from '../io/secrets.ts'
import { MAC_POLICY } from '../sources/algorithms.ts'
import { kindOfFile } from '../sources/file-kind.ts'
import { bytesOf } from '../sources/read-file.ts'
import { assertKey, openSnapshot } from '../sources/snapshot.ts'
import { createEventKeys, type EventKeys } from './event-keys.ts'
import { newTally, sessionsOf } from './key-file.ts'
import { createOutcomeCounts } from './open-outcomes.ts'
import { sessionsIn } from './sessions.ts'

/** A session, or `null` for what could not be read as one. */
type Item = ExportedSessionData | null

async function* fromKeyFile(context: CommandContext, path: string): AsyncGenerator<Item> {
  const passphrase = await readSecret(context, EXPORT_PASSPHRASE)
  const tally = newTally()
  yield* sessionsOf({ path, passphrase }, { signal: context.signal, tally })
  for (let count = 0; count < tally.malformed; count++) yield null
}

async function* fromSnapshot(context: CommandContext, path: string): AsyncGenerator<Item> {
  const { signal } = context
  const snapshot = await openSnapshot(path)
  const key = decodeKeyForm(await readSecret(context, RECOVERY_KEY))
  assertKey(snapshot, key)
  const opening = { algorithm: snapshot.algorithm, key, macPolicy: MAC_POLICY, signal }
  const counts = createOutcomeCounts()
  for await (const outcome of openEntries(snapshot.entries(signal), opening)) {
    counts.add(outcome)
    yield outcome.status === 'opened' ? outcome.session : null
  }
  if (counts.exitCode() === EXIT.wrongKey)
    throw new CliError('wrong_key', 'No entry of the snapshot opens with this key.')
}

async function* fromSessions({ signal }: CommandContext, path: string): AsyncGenerator<Item> {
  for await (const item of sessionsIn(bytesOf(path, signal)))
    yield 'session' in item ? item.session : null
}

async function itemsOf(context: CommandContext, path: string): Promise<AsyncIterable<Item>> {
  switch (await kindOfFile(path)) {
    case 'key_export':
      return fromKeyFile(context, path)
    case 'snapshot':
      return fromSnapshot(context, path)
    case 'sessions':
      return fromSessions(context, path)
    case 'unknown':
      throw new CliError('bad_file', `${path} holds no keys.`, {
        hint: 'Give a key export file, a snapshot, or session records as JSON.',
      })
  }
}

function add(keys: EventKeys, item: Item): boolean {
  if (item === null) return false
  try {
    keys.add(item)
    return true
  } catch (error) {
    if (error instanceof MegolmError) return false
    throw error
  }
}

/** Sessions of a file, and how many of its entries could not be read. */
export interface ReadEventKeys {
  readonly keys: EventKeys
  readonly unreadable: number
}

/** Reads the sessions of a file. */
export async function readEventKeys(context: CommandContext, path: string): Promise<ReadEventKeys> {
  const keys = createEventKeys()
  let unreadable = 0
  for await (const item of await itemsOf(context, path)) if (!add(keys, item)) unreadable += 1
  return { keys, unreadable }
}

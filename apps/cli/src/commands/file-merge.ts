/** `roomkeys file merge A B`: the better copy of each session of two key files. */
import { createMemoryStore } from '@roomkeys/backup/memory'
import { importAll, type IncomingKey } from '@roomkeys/backup/merge'
import type { RoomKeyStore } from '@roomkeys/backup/ports'
import { fromBackedUpSession } from '@roomkeys/key-export'
import { type ExportedSessionData, roomId, sessionId } from '@roomkeys/types'
import type { CommandContext, Run } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { EXPORT_PASSPHRASE, findSecret, readSecret } from '../io/secrets.ts'
import { argument } from '../keys/arguments.ts'
import { type Counts, countsText, createCounts } from '../keys/counts.ts'
import { finish } from '../keys/finish.ts'
import {
  assertKeyFile,
  type KeyFile,
  newTally,
  type ReadTally,
  sessionsOf,
} from '../keys/key-file.ts'
import { SECOND_PASSPHRASE } from '../keys/second-secrets.ts'
import { writeKeyFile } from '../keys/write-key-file.ts'
import { writeTo } from '../keys/write-to.ts'

async function readFiles(context: CommandContext): Promise<readonly [KeyFile, KeyFile]> {
  const [a, b] = [
    argument(context, 0, 'The first key FILE'),
    argument(context, 1, 'The second key FILE'),
  ]
  await assertKeyFile(a)
  await assertKeyFile(b)
  const passphrase = await readSecret(context, EXPORT_PASSPHRASE)
  const second = (await findSecret(context, SECOND_PASSPHRASE)) ?? passphrase
  return [
    { path: a, passphrase },
    { path: b, passphrase: second },
  ]
}

async function* keysOf(sessions: AsyncIterable<ExportedSessionData>): AsyncGenerator<IncomingKey> {
  for await (const session of sessions)
    yield {
      roomId: roomId(session.room_id),
      sessionId: sessionId(session.session_id),
      session,
      provenance: { kind: 'export_file' },
    }
}

/** What became of the sessions of both files. */
interface Merging {
  readonly store: RoomKeyStore
  readonly tally: ReadTally
  readonly outcomes: Counts
}

async function takeIn(file: KeyFile, merging: Merging, signal: AbortSignal): Promise<void> {
  const { store, tally, outcomes } = merging
  const keys = keysOf(sessionsOf(file, { signal, tally }))
  for await (const { outcome } of importAll(store, keys, { signal })) outcomes.add(outcome)
}

/** The best copy of each session. */
async function* best(store: RoomKeyStore): AsyncGenerator<ExportedSessionData> {
  for await (const { roomId: room, sessionId: id, copies } of store.sessions()) {
    const [first] = copies
    if (first !== undefined)
      yield fromBackedUpSession({ roomId: room, sessionId: id, session: first.session })
  }
}

function failuresOf(counts: Readonly<Record<string, number>>, { malformed }: ReadTally): string {
  const { invalid = 0, kept_conflicting = 0, refused = 0 } = counts
  const failures = { malformed, invalid, conflicting: kept_conflicting + refused }
  const text = countsText(failures)
  return text === '' ? '' : `Not merged: ${text}.`
}

/** Runs the command. */
export const run: Run = async (context) => {
  const { options, signal } = context
  const [a, b] = await readFiles(context)
  const merging: Merging = {
    store: createMemoryStore(),
    tally: newTally(),
    outcomes: createCounts(),
  }
  let sessions = 0
  const written = await writeTo(context, async (write) => {
    await takeIn(a, merging, signal)
    await takeIn(b, merging, signal)
    const all = async function* (): AsyncGenerator<ExportedSessionData> {
      for await (const session of best(merging.store)) {
        sessions += 1
        yield session
      }
    }
    await writeKeyFile(all(), { passphrase: a.passphrase, write, signal })
    return true
  })
  if (written === null) return EXIT.ok
  const outcomes = merging.outcomes.toObject()
  const { read, malformed } = merging.tally
  return finish(context, {
    value: { output: options.text('output'), read, sessions, malformed, outcomes },
    text: `${sessions} sessions out of ${read}, under the passphrase of the first file.`,
    failures: failuresOf(outcomes, merging.tally),
  })
}

/** `roomkeys file decrypt FILE`: the sessions of a key file in the clear. */
import type { ExportedSessionData } from '@roomkeys/types'
import type { Run } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { EXPORT_PASSPHRASE, readSecret } from '../io/secrets.ts'
import { argument } from '../keys/arguments.ts'
import { finish } from '../keys/finish.ts'
import { assertKeyFile, newTally, sessionsOf } from '../keys/key-file.ts'
import { type Write, writeTo } from '../keys/write-to.ts'

async function writeLines(
  sessions: AsyncIterable<ExportedSessionData>,
  write: Write,
): Promise<void> {
  for await (const session of sessions) await write(`${JSON.stringify(session)}\n`)
}

async function writeArray(
  sessions: AsyncIterable<ExportedSessionData>,
  write: Write,
): Promise<void> {
  let between = '['
  for await (const session of sessions) {
    await write(`${between}\n${JSON.stringify(session)}`)
    between = ','
  }
  await write(between === '[' ? '[]\n' : '\n]\n')
}

/** Runs the command. */
export const run: Run = async (context) => {
  const path = argument(context, 0, 'The key FILE')
  await assertKeyFile(path)
  const passphrase = await readSecret(context, EXPORT_PASSPHRASE)
  const tally = newTally()
  const sessions = sessionsOf({ path, passphrase }, { signal: context.signal, tally })
  const writeAll = context.options.text('format') === 'jsonl' ? writeLines : writeArray
  const written = await writeTo(context, async (write) => {
    await writeAll(sessions, write)
    return true
  })
  if (written === null) return EXIT.ok
  const { read, malformed } = tally
  return finish(context, {
    value: { output: context.options.text('output'), sessions: read, malformed },
    text: `${read} sessions decrypted. They are in the clear: keep them safe.`,
    failures: malformed > 0 ? `${malformed} entries of the file are no sessions.` : '',
  })
}

/** `roomkeys file encrypt FILE`: sessions in the clear into a key file. */
import type { Run } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { argument } from '../keys/arguments.ts'
import { finish } from '../keys/finish.ts'
import { countedSessions, newTally } from '../keys/key-file.ts'
import { newPassphrase } from '../keys/new-passphrase.ts'
import { sessionsIn } from '../keys/sessions.ts'
import { writeKeyFile } from '../keys/write-key-file.ts'
import { writeTo } from '../keys/write-to.ts'
import { bytesOf } from '../sources/read-file.ts'

const HINT =
  'The file holds no session records. They are JSON, as lines or as an array: see file decrypt.'

/** Runs the command. */
export const run: Run = async (context) => {
  const { signal } = context
  const path = argument(context, 0, 'The FILE of sessions')
  const passphrase = await newPassphrase(context)
  const tally = newTally()
  const written = await writeTo(context, async (write) => {
    const sessions = countedSessions(sessionsIn(bytesOf(path, signal)), tally)
    await writeKeyFile(sessions, { passphrase, write, signal, hint: HINT })
    return true
  })
  if (written === null) return EXIT.ok
  const { read, malformed } = tally
  return finish(context, {
    value: { output: context.options.text('output'), sessions: read, malformed },
    text: `${read} sessions encrypted.`,
    failures: malformed > 0 ? `${malformed} values of the file are no sessions.` : '',
  })
}

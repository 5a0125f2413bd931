/** `roomkeys file filter FILE`: some rooms or sessions of a key file, under the same passphrase. */
import type { Run } from '../context.ts'
import { CliError } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import { EXPORT_PASSPHRASE, readSecret } from '../io/secrets.ts'
import { argument } from '../keys/arguments.ts'
import { finish } from '../keys/finish.ts'
import { assertKeyFile, newTally, sessionsOf } from '../keys/key-file.ts'
import { filterOf } from '../keys/session-filter.ts'
import { writeKeyFile } from '../keys/write-key-file.ts'
import { writeTo } from '../keys/write-to.ts'

/** Runs the command. */
export const run: Run = async (context) => {
  const { options, signal } = context
  const path = argument(context, 0, 'The key FILE')
  const [rooms, sessions] = [options.list('room'), options.list('session')]
  if (rooms.length + sessions.length === 0)
    throw new CliError('usage', 'Say what to keep: --room or --session.')
  await assertKeyFile(path)
  const passphrase = await readSecret(context, EXPORT_PASSPHRASE)
  const isWanted = filterOf({ rooms, sessions })
  const tally = newTally()
  const reading = sessionsOf(
    { path, passphrase },
    {
      signal,
      tally,
      select: ({ room_id: roomId, session_id: sessionId }) => isWanted({ roomId, sessionId }),
    },
  )
  const written = await writeTo(context, async (write) => {
    await writeKeyFile(reading, { passphrase, write, signal })
    return true
  })
  if (written === null) return EXIT.ok
  const { read, malformed } = tally
  return finish(context, {
    value: { output: options.text('output'), sessions: read, malformed },
    text: `${read} sessions kept.`,
    failures: malformed > 0 ? `${malformed} entries of the file are no sessions.` : '',
  })
}

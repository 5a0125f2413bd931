/** `roomkeys file encrypt FILE`: sessions in the clear into a key file. */
import type { ExportedSessionData } from '@roomkeys/types'
import type { Run } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { argument } from '../keys/arguments.ts'
import { finish } from '../keys/finish.ts'
import { newTally, type ReadTally } from '../keys/key-file.ts'
import { newPassphrase } from '../keys/new-passphrase.ts'
import { sessionsIn } from '../keys/sessions.ts'
import { writeKeyFile } from '../keys/write-key-file.ts'
import { writeTo } from '../keys/write-to.ts'
import { bytesOf } from '../sources/read-file.ts'

async function* readAll(
  path: string,
  tally: ReadTally,
  signal: AbortSignal,
): AsyncGenerator<ExportedSessionData> {
  for await (const item of sessionsIn(bytesOf(path, signal))) {
    if ('session' in item) {
      tally.read += 1
      yield item.session
    } else tally.malformed += 1
  }
}

/** Runs the command. */
export const run: Run = async (context) => {
  const { signal } = context
  const path = argument(context, 0, 'The FILE of sessions')
  const passphrase = await newPassphrase(context)
  const tally = newTally()
  const written = await writeTo(context, async (write) => {
    const sessions = readAll(path, tally, signal)
    await writeKeyFile(sessions, { passphrase, write, signal })
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

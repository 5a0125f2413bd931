/** `roomkeys events decrypt FILE`: encrypted events as JSON lines in the clear, offline. */
import type { MessageOrigin } from '@roomkeys/megolm'
import type { Run } from '../context.ts'
import { CliError } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import { argument, required } from '../keys/arguments.ts'
import { countsText, createCounts } from '../keys/counts.ts'
import { decryptEvent } from '../keys/decrypt-event.ts'
import { readEventKeys } from '../keys/read-event-keys.ts'
import { jsonValues } from '../sources/json-values.ts'
import { bytesOf } from '../sources/read-file.ts'

/** Runs the command. */
export const run: Run = async (context) => {
  const { io, options, output, signal } = context
  const path = argument(context, 0, 'The FILE of events')
  const { keys, unreadable } = await readEventKeys(context, required(context, 'keys', '--keys'))
  if (unreadable > 0) output.warn(`${unreadable} entries of the key file could not be read.`)
  if (keys.size() === 0) throw new CliError('not_found', 'The key file has no keys.')
  const seen = new Map<string, MessageOrigin>()
  const decryption = { keys, roomId: options.text('room'), seen }
  const [statuses, failures] = [createCounts(), createCounts()]
  for await (const item of jsonValues(path === '-' ? io.stdin : bytesOf(path, signal))) {
    signal.throwIfAborted()
    const outcome = decryptEvent(item, decryption)
    statuses.add(outcome.status)
    if (outcome.status === 'failed') failures.add(outcome.reason)
    await output.line(outcome)
  }
  output.note(`${countsText(statuses.toObject()) || 'no events'}.`)
  if (failures.total() === 0) return EXIT.ok
  output.warn(`Not decrypted: ${countsText(failures.toObject())}.`)
  return EXIT.partial
}

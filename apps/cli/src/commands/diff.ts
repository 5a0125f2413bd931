/** `roomkeys diff A B`: what two places with keys have of each other. */
import { diff, type Difference, type DiffSummary } from '@roomkeys/backup/diff'
import type { CommandContext, Run } from '../context.ts'
import { CliError } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import { JSON_VERSION } from '../io/output.ts'
import { argument } from '../keys/arguments.ts'
import { countsText } from '../keys/counts.ts'
import { newTally } from '../keys/key-file.ts'
import { openKeySource, SERVER } from '../sources/key-source.ts'

function lineOf(difference: Difference): object {
  const { kind, roomId: room_id, sessionId: session_id } = difference
  const head = { type: 'difference', kind, room_id, session_id }
  if ('reason' in difference) return { ...head, reason: difference.reason }
  const by = 'by' in difference ? { by: difference.by } : {}
  return { ...head, ...by, first_message_index: difference.indices }
}

function textOf(difference: Difference): string {
  const { kind, roomId, sessionId } = difference
  const head = `${kind} ${roomId} ${sessionId}`
  if ('reason' in difference) return `${head} ${difference.reason}`
  const { a, b } = difference.indices
  return `${head} from message ${a ?? '-'} / ${b ?? '-'}`
}

async function tell({ output }: CommandContext, difference: Difference): Promise<void> {
  if (output.json) await output.line(lineOf(difference))
  else await output.data(`${textOf(difference)}\n`)
}

async function compare(
  context: CommandContext,
  ...[a, b]: Parameters<typeof diff>
): Promise<DiffSummary> {
  const { output, signal } = context
  const progress = output.progress({ label: 'Comparing', unit: 'keys', total: null })
  const read = { a: 0, b: 0 }
  try {
    for await (const event of diff(a, b, { signal })) {
      if (event.type === 'finished') return event.summary
      if (event.type === 'difference') await tell(context, event.difference)
      else {
        read[event.side] = event.read
        progress.update(read.a + read.b)
      }
    }
  } finally {
    progress.end()
  }
  throw new TypeError('A comparison ends with its summary')
}

/** Runs the command. */
export const run: Run = async (context) => {
  const { output } = context
  const names = [argument(context, 0, 'A'), argument(context, 1, 'B')] as const
  if (names[0] === SERVER && names[1] === SERVER)
    throw new CliError('usage', 'The server is compared with a file.')
  const tallies = { a: newTally(), b: newTally() }
  const a = await openKeySource(context, { name: names[0], isSecond: false, tally: tallies.a })
  const b = await openKeySource(context, { name: names[1], isSecond: true, tally: tallies.b })
  const { read, equal, differences } = await compare(context, a, b)
  const malformed = { a: tallies.a.malformed, b: tallies.b.malformed }
  const summary = { a: a.name, b: b.name, read, equal, differences, malformed }
  if (output.json)
    await output.line({ type: 'finished', roomkeys: JSON_VERSION, command: 'diff', ...summary })
  const text = countsText(differences)
  output.note(`a: ${a.name}, ${read.a} keys. b: ${b.name}, ${read.b} keys.`)
  output.note(`${equal} are alike${text === '' ? '.' : `; ${text}.`}`)
  const unread = malformed.a + malformed.b + differences.invalid_in_a + differences.invalid_in_b
  return unread > 0 ? EXIT.partial : EXIT.ok
}

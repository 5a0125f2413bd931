/** `roomkeys attachment encrypt FILE`: what is to be uploaded, and the file object of the event. */
import { encryptAttachmentStream } from '@roomkeys/attachments'
import { resolve } from 'node:path'
import type { CommandContext, Run } from '../context.ts'
import { CliError } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import { writeAtomically } from '../io/atomic-file.ts'
import { mayCreate } from '../io/new-file.ts'
import { argument, requiredFile } from '../keys/arguments.ts'
import { writeDurably } from '../keys/write-durably.ts'
import { webStreamOf } from '../sources/read-file.ts'

/** Where the ciphertext and its key go. In one file, one of them would be lost. */
function targetsOf(context: CommandContext): readonly [target: string, info: string] {
  const target = requiredFile(context, 'output', '-o')
  const info = requiredFile(context, 'info', '--info')
  if (resolve(target) !== resolve(info)) return [target, info]
  throw new CliError('usage', '-o and --info name the same file.')
}

/** Runs the command. */
export const run: Run = async (context) => {
  const { signal, output } = context
  const path = argument(context, 0, 'The FILE to encrypt')
  const [target, info] = targetsOf(context)
  if (!(await mayCreate(context, target)) || !(await mayCreate(context, info))) return EXIT.ok
  output.onInterruptSay('Nothing was written. Run the same command to start again.')
  const bytes = await writeAtomically(target, async ({ write }) => {
    const { readable, finished } = encryptAttachmentStream(webStreamOf(path), { signal })
    let length = 0
    for await (const piece of readable) {
      await write(piece)
      length += piece.length
    }
    await writeDurably(info, `${JSON.stringify(await finished, null, 2)}\n`)
    return length
  })
  await output.result(
    { output: target, info, bytes },
    () =>
      `${bytes} bytes encrypted to ${target}. ${info} holds the key: put it into the event alone.`,
  )
  return EXIT.ok
}

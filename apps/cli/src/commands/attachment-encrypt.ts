/** `roomkeys attachment encrypt FILE`: what is to be uploaded, and the file object of the event. */
import { encryptAttachmentStream } from '@roomkeys/attachments'
import type { Run } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { writeAtomically } from '../io/atomic-file.ts'
import { argument, required } from '../keys/arguments.ts'
import { writeDurably } from '../keys/write-durably.ts'
import { mayCreate } from '../keys/write-to.ts'
import { webStreamOf } from '../sources/read-file.ts'

/** Runs the command. */
export const run: Run = async (context) => {
  const { signal, output } = context
  const path = argument(context, 0, 'The FILE to encrypt')
  const target = required(context, 'output', '--output')
  const info = required(context, 'info', '--info')
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

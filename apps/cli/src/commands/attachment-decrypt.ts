/** `roomkeys attachment decrypt FILE`: an attachment in the clear, verified first. */
import {
  decryptAttachmentStream,
  type EncryptedFile,
  parseEncryptedFile,
} from '@roomkeys/attachments'
import { isJsonObject } from '@roomkeys/types'
import type { Run } from '../context.ts'
import { CliError } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import { writeAtomically } from '../io/atomic-file.ts'
import { mayCreate } from '../io/new-file.ts'
import { assertRereadable } from '../io/path-kind.ts'
import { readTextFile } from '../io/read-limited.ts'
import { argument, required, requiredFile } from '../keys/arguments.ts'
import { webStreamOf } from '../sources/read-file.ts'

/** No event is longer than 65536 bytes. */
const MAX_INFO_BYTES = 65_536

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not kept as a cause: the platform quotes the text, and that is a key.
    throw new CliError('bad_file', 'The file object is no JSON.')
  }
}

/** The file object itself, or the one in an event or in its content. */
function fileIn(value: unknown): unknown {
  const content = isJsonObject(value) && isJsonObject(value['content']) ? value['content'] : value
  return isJsonObject(content) && isJsonObject(content['file']) ? content['file'] : content
}

async function readInfo(path: string): Promise<EncryptedFile> {
  const text = await readTextFile(path, { what: 'The file object', maxBytes: MAX_INFO_BYTES })
  return parseEncryptedFile(fileIn(parse(text)))
}

/** Runs the command. */
export const run: Run = async (context) => {
  const { signal, output } = context
  const path = argument(context, 0, 'The encrypted FILE')
  const target = requiredFile(context, 'output', '-o')
  const info = await readInfo(required(context, 'info', '--info'))
  await assertRereadable(path)
  if (!(await mayCreate(context, target))) return EXIT.ok
  output.onInterruptSay('Nothing was written. Run the same command to start again.')
  const bytes = await writeAtomically(target, async ({ write }) => {
    let length = 0
    for await (const piece of await decryptAttachmentStream(() => webStreamOf(path), info, {
      signal,
    })) {
      await write(piece)
      length += piece.length
    }
    return length
  })
  await output.result({ output: target, bytes }, () => `${bytes} bytes decrypted to ${target}.`)
  return EXIT.ok
}

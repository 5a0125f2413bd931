/** A passphrase that a file is to be encrypted with: on a terminal it is typed twice. */
import type { CommandContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { ask } from '../io/prompt.ts'
import { canAsk, EXPORT_PASSPHRASE, findSecret, readSecret } from '../io/secrets.ts'

async function askTwice(context: CommandContext): Promise<string> {
  const first = await ask(context, { kind: 'password', message: 'Passphrase for the new key file' })
  if (first === '') throw new CliError('usage', 'The passphrase is empty.')
  const again = await ask(context, { kind: 'password', message: 'The same passphrase again' })
  if (first === again) return first
  throw new CliError('usage', 'The two passphrases differ.', { hint: 'Start again.' })
}

/** Reads the passphrase of a key file that is to be written. */
export async function newPassphrase(context: CommandContext): Promise<string> {
  const found = await findSecret(context, EXPORT_PASSPHRASE)
  if (found !== null) return found
  return canAsk(context) ? askTwice(context) : readSecret(context, EXPORT_PASSPHRASE)
}

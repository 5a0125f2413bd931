/** Secrets: from a file, standard input, the environment, or a hidden prompt. Never from an argument. */
import type { CommandContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { ask } from './prompt.ts'
import { readText, readTextFile } from './read-limited.ts'

/** No recovery key, passphrase or access token is longer. */
const MAX_SECRET_BYTES = 65_536

/** Where a secret may come from, first to last. */
export interface SecretSource {
  /** E.g. `recovery key`. */
  readonly name: string
  /** Name of the option that names a file; `-` there is standard input. */
  readonly option: string
  /** Name of the environment variable, or `null` when there is none. */
  readonly env: string | null
}

/** `recoveryKeyFile` → `--recovery-key-file`. */
function flagOf(option: string): string {
  return `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** The line feed at the end is the editor's or the terminal's; blanks may belong to a passphrase. */
function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '')
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

async function fromFile({ io }: CommandContext, path: string, what: string): Promise<string> {
  const limits = { what, maxBytes: MAX_SECRET_BYTES }
  if (path === '-') return readText(io.stdin, limits)
  return readTextFile(path, limits)
}

function checked(text: string, { name }: SecretSource): string {
  if (text !== '') return text
  throw new CliError('usage', `The ${name} is empty.`)
}

/**
 * Reads a secret if a file or a variable gives it; `null` when none does.
 *
 * @throws CliError `bad_file` or `usage`
 */
export async function findSecret(
  context: CommandContext,
  source: SecretSource,
): Promise<string | null> {
  const path = context.options.text(source.option)
  const what = `The ${source.name}`
  if (path !== null) return checked(withoutLineEnd(await fromFile(context, path, what)), source)
  const value = source.env === null ? undefined : context.io.env[source.env]
  return value === undefined || value === '' ? null : value
}

/** Whether there is somebody to ask. */
export function canAsk({ io, options }: CommandContext): boolean {
  // `--no-input` makes `input` false; a bar of a prompt would be drawn into a log elsewhere.
  return io.isTerminal.stdin && io.isTerminal.stderr && !options.flag('noInput')
}

/**
 * Reads a secret, and asks for it when nothing gives it.
 *
 * @throws CliError `usage` when there is nobody to ask
 */
export async function readSecret(context: CommandContext, source: SecretSource): Promise<string> {
  const found = await findSecret(context, source)
  if (found !== null) return found
  if (canAsk(context)) {
    const typed = await ask(context, { kind: 'password', message: capitalised(source.name) })
    return checked(typed, source)
  }
  const variable = source.env === null ? '' : `, set ${source.env}`
  throw new CliError('usage', `The ${source.name} is needed.`, {
    hint: `Give ${flagOf(source.option)} FILE (- is standard input)${variable}, or run on a terminal.`,
  })
}

/** The recovery key, which opens the backup itself or secret storage. */
export const RECOVERY_KEY: SecretSource = {
  name: 'recovery key',
  option: 'recoveryKeyFile',
  env: 'MATRIX_RECOVERY_KEY',
}

/** The phrase that some accounts open secret storage with. */
export const SECURITY_PHRASE: SecretSource = {
  name: 'security phrase',
  option: 'securityPhraseFile',
  env: 'MATRIX_SECURITY_PHRASE',
}

/** The passphrase of a key export file. */
export const EXPORT_PASSPHRASE: SecretSource = {
  name: 'passphrase of the key file',
  option: 'passphraseFile',
  env: 'ROOMKEYS_PASSPHRASE',
}

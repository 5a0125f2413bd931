/** Positional arguments and options that have to be there. */
import type { CommandContext } from '../context.ts'
import { CliError } from '../errors.ts'

/** The positional argument at this place. */
export function argument({ args }: CommandContext, place: number, name: string): string {
  const value = args[place]
  if (value !== undefined && value !== '') return value
  throw new CliError('usage', `${name} is missing.`)
}

/** The value of an option without which nothing can be done. */
export function required({ options }: CommandContext, name: string, flag: string): string {
  const value = options.text(name)
  if (value !== null && value !== '') return value
  throw new CliError('usage', `${flag} is needed.`)
}

/** The file that an option names, where standard output does not do. */
export function requiredFile(context: CommandContext, name: string, flag: string): string {
  const value = required(context, name, flag)
  if (value !== '-') return value
  throw new CliError('usage', `${flag} names a file here, not standard output.`, {
    hint: 'A file of this name is ./-.',
  })
}

/** A secret that a person asked for goes where they say, and nowhere else. */
import type { CommandContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { writeAtomically } from './atomic-file.ts'
import { mayCreate } from './new-file.ts'

/** Where a secret goes. */
export type Destination =
  { readonly kind: 'stdout' } | { readonly kind: 'file'; readonly path: string }

/**
 * Where the person wants it: `--stdout` or `-o FILE`.
 *
 * @throws CliError `usage` when nothing or both are given
 */
export function destinationOf({ options }: CommandContext): Destination {
  const path = options.text('output')
  const isPrinted = options.flag('stdout')
  // Nobody prints a secret by a slip: there is a flag for it.
  if (path !== null && path !== '-' && !isPrinted) return { kind: 'file', path }
  if (path === null && isPrinted) return { kind: 'stdout' }
  throw new CliError('usage', 'Say where the secret goes.', {
    hint: 'Give either -o FILE, or --stdout to print it.',
  })
}

/** What was done with a secret. */
export interface Delivery {
  /** The file, or `null` when it was printed. */
  readonly output: string | null
  /** The secret itself, with `--stdout` alone. */
  readonly secret?: string
}

/**
 * Writes a secret into its file. What is printed goes into the result.
 *
 * @returns `null` when nothing was written: `--dry-run`
 */
export async function deliver(
  context: CommandContext,
  secret: string,
  destination: Destination,
): Promise<Delivery | null> {
  if (destination.kind === 'stdout') return { output: null, secret }
  const { path } = destination
  if (!(await mayCreate(context, path))) return null
  await writeAtomically(path, (file) => file.write(`${secret}\n`))
  return { output: path }
}

/**
 * Tells what was done. A secret that is printed for people is printed as it is, without a word around it.
 */
export async function tellDelivery<T extends Delivery>(
  { output }: CommandContext,
  told: T,
  text: (told: T) => string,
): Promise<void> {
  if (told.secret !== undefined && !output.json) await output.data(`${told.secret}\n`)
  else await output.result(told, text)
}

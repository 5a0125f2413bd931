/** Questions on a terminal. They go to standard error: standard output is for data. */
import type { CommandContext } from '../context.ts'
import { Interrupted } from '../errors.ts'

/** A question. */
export interface Question {
  readonly kind: 'password' | 'text'
  readonly message: string
}

/**
 * Asks.
 *
 * @throws Interrupted at Ctrl-C
 */
export async function ask(
  { io, signal }: CommandContext,
  { kind, message }: Question,
): Promise<string> {
  const prompts = await import('@clack/prompts')
  const options = { message, input: io.stdin, output: io.stderr, signal, withGuide: false }
  const answer = kind === 'password' ? await prompts.password(options) : await prompts.text(options)
  if (prompts.isCancel(answer)) throw new Interrupted()
  return answer
}

/**
 * Asks for a yes.
 *
 * @throws Interrupted at Ctrl-C
 */
export async function askYes({ io, signal }: CommandContext, message: string): Promise<boolean> {
  const { confirm, isCancel } = await import('@clack/prompts')
  const options = { message, input: io.stdin, output: io.stderr, signal, withGuide: false }
  const answer = await confirm({ ...options, initialValue: false })
  if (isCancel(answer)) throw new Interrupted()
  return answer
}

/** Questions on a terminal. They go to standard error: standard output is for data. */
import type { CommandContext } from '../context.ts'
import { Interrupted } from '../errors.ts'
import { askLine } from './plain-prompt.ts'

/** A question. */
export interface Question {
  readonly kind: 'password' | 'text'
  readonly message: string
}

function isDumb({ io }: CommandContext): boolean {
  return io.env['TERM'] === 'dumb'
}

/**
 * Asks with a signal that is aborted at Ctrl-D, too. It ends the input, and the prompt does not notice:
 * the process would be over in the middle of the question.
 */
async function untilClosed<T>(
  { io, signal }: CommandContext,
  question: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const closed = new AbortController()
  let waiting: NodeJS.Immediate | undefined
  // An answer pauses the input, too, and is there before this comes to its turn.
  const onPause = (): void => {
    waiting = setImmediate(() => {
      closed.abort()
    })
  }
  io.stdin.once('pause', onPause)
  try {
    return await question(AbortSignal.any([signal, closed.signal]))
  } finally {
    io.stdin.off('pause', onPause)
    clearImmediate(waiting)
  }
}

/**
 * Asks.
 *
 * @throws Interrupted at Ctrl-C, and at the end of the input
 */
export async function ask(context: CommandContext, { kind, message }: Question): Promise<string> {
  const { io, signal } = context
  if (isDumb(context))
    return askLine(io, { prompt: `${message}: `, isHidden: kind === 'password', signal })
  const prompts = await import('@clack/prompts')
  const answer = await untilClosed(context, (closing) => {
    const streams = { input: io.stdin, output: io.stderr, signal: closing, withGuide: false }
    const options = { message, ...streams }
    return kind === 'password' ? prompts.password(options) : prompts.text(options)
  })
  if (prompts.isCancel(answer)) throw new Interrupted()
  return answer
}

async function askYesPlainly({ io, signal }: CommandContext, message: string): Promise<boolean> {
  const answer = await askLine(io, { prompt: `${message} [y/N] `, isHidden: false, signal })
  return /^y(es)?$/i.test(answer.trim())
}

/**
 * Asks for a yes.
 *
 * @throws Interrupted at Ctrl-C, and at the end of the input
 */
export async function askYes(context: CommandContext, message: string): Promise<boolean> {
  if (isDumb(context)) return askYesPlainly(context, message)
  const { io } = context
  const { confirm, isCancel } = await import('@clack/prompts')
  const answer = await untilClosed(context, (signal) => {
    const options = { message, input: io.stdin, output: io.stderr, signal, withGuide: false }
    return confirm({ ...options, initialValue: false })
  })
  if (isCancel(answer)) throw new Interrupted()
  return answer
}

/** Questions on a terminal that cannot move its cursor (`TERM=dumb`): a line, and the answer behind it. */
import { createInterface, type Interface, type Key } from 'node:readline'
import { type Readable, Writable } from 'node:stream'
import { Interrupted } from '../errors.ts'
import type { Io } from './io.ts'

/** Where and how a line is read. */
interface LineOptions {
  readonly prompt: string
  /** Whether nothing of it may be seen. */
  readonly isHidden: boolean
  readonly signal: AbortSignal
}

/** Takes the echo of what must not be seen. */
function nowhere(): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => {
      done()
    },
  })
}

/** Without characters that were taken back: where nothing is echoed, the terminal does not do it. */
function withoutErased(text: string): string {
  const kept: string[] = []
  for (const character of text)
    if (character === '\u007f' || character === '\b') kept.pop()
    else kept.push(character)
  return kept.join('')
}

/** The next line; `null` at Ctrl-C, Ctrl-D, or an interruption. */
function nextLine(lines: Interface, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const close = (): void => {
      lines.close()
    }
    signal.addEventListener('abort', close, { once: true })
    lines
      .once('line', (line) => {
        resolve(withoutErased(line))
        close()
      })
      .once('close', () => {
        signal.removeEventListener('abort', close)
        resolve(null)
      })
    if (signal.aborted) close()
  })
}

/** A hidden line is read key by key, and on dumb terminals the platform does not look for Ctrl-D. */
function closeAtCtrlD(stdin: Readable, lines: Interface): () => void {
  const onKey = (_text: string | undefined, key: Key): void => {
    if (key.ctrl === true && key.name === 'd' && lines.line.replaceAll('\u0004', '') === '')
      lines.close()
  }
  stdin.on('keypress', onKey)
  return () => stdin.off('keypress', onKey)
}

/**
 * Asks for a line.
 *
 * @throws Interrupted at Ctrl-C, and at the end of the input
 */
export async function askLine(
  { stdin, stderr }: Io,
  { prompt, isHidden, signal }: LineOptions,
): Promise<string> {
  const output = isHidden ? nowhere() : stderr
  // First of all: what is typed as soon as the question is there must not be echoed.
  const lines = createInterface({ input: stdin, output, terminal: isHidden })
  const stopLooking = closeAtCtrlD(stdin, lines)
  stderr.write(prompt)
  const line = await nextLine(lines, signal)
  stopLooking()
  if (isHidden || line === null) stderr.write('\n')
  if (line === null) throw new Interrupted()
  return line
}

/** What a command says: data on standard output, for people or as JSON; all else on standard error. */
import type { Io } from './io.ts'
import { createProgress, type Progress, type ProgressOptions } from './progress.ts'
import { type Style, styleOf } from './style.ts'
import { write } from './write.ts'

/** Version of the shapes of `--json`: it moves when a member changes its meaning or goes. */
export const JSON_VERSION = 1

/** How a command wants to be heard. */
export interface OutputOptions {
  readonly command: string
  readonly json: boolean
  readonly quiet: boolean
}

/** What a command says. */
export interface Output {
  /** Whether `--json` is given. */
  readonly json: boolean
  /** Emphasis on standard output. */
  readonly style: Style
  /** The result: a text made from it, or one JSON document `{ roomkeys, command, ...value }`. */
  readonly result: <T extends object>(value: T, text: (value: T) => string) => Promise<void>
  /** One JSON line of a stream, with `--json` or without. */
  readonly line: (value: unknown) => Promise<void>
  /** Data as it is. */
  readonly data: (chunk: string | Uint8Array) => Promise<void>
  /** Tells on standard error what happens; not with `--quiet`. */
  readonly note: (text: string) => void
  /** Tells on standard error what somebody has to know. */
  readonly warn: (text: string) => void
  /** Progress on standard error; nothing with `--quiet`. */
  readonly progress: (options: ProgressOptions) => Progress
  /** What is said when the command is interrupted: how to go on. `null` takes it back. */
  readonly onInterruptSay: (text: string | null) => void
}

/** An output, and what only the one who made it reads. */
export interface OwnedOutput {
  readonly output: Output
  readonly interruptText: () => string | null
}

/** Control characters of a server or a file would move the cursor, or say things in our name. */
export function printable(text: string): string {
  return text.replaceAll(/(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
}

const ESCAPE = '\u001b'
/** Whatever {@link printable} takes out, but for the emphasis of {@link Style}. */
const UNPRINTABLE = new RegExp(
  `(?!${ESCAPE}\\[\\d{1,2}m)(?![\\n\\t])\\p{Cc}|[\\u202a-\\u202e\\u2066-\\u2069]`,
  'gu',
)

/** The same for texts with emphasis. */
export function printableStyled(text: string): string {
  return text.replaceAll(UNPRINTABLE, '\ufffd')
}

/** Makes the output of a call. */
export function createOutput(io: Io, { command, json, quiet }: OutputOptions): OwnedOutput {
  let interruptText: string | null = null
  const say = (text: string): void => {
    io.stderr.write(`${printable(text)}\n`)
  }
  const line = (value: unknown): Promise<void> => write(io.stdout, `${JSON.stringify(value)}\n`)
  const output: Output = {
    json,
    style: styleOf(io, 'stdout'),
    result: (value, text) =>
      json
        ? line({ roomkeys: JSON_VERSION, command, ...value })
        : write(io.stdout, `${printableStyled(text(value))}\n`),
    line,
    data: (chunk) => write(io.stdout, chunk),
    note: (text) => {
      if (!quiet) say(text)
    },
    warn: say,
    progress: (options) => createProgress(io, { ...options, quiet }),
    onInterruptSay: (text) => {
      interruptText = text
    },
  }
  return { output, interruptText: () => interruptText }
}

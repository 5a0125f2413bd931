/** A world for a call in this process: streams that are kept, an environment, a home of its own. */
import { PassThrough, Readable, Writable } from 'node:stream'
import type { ExitCode } from '../src/exit-codes.ts'
import type { Io } from '../src/io/io.ts'
import { run } from '../src/run.ts'
import { expectDocument, expectLines, expectShape } from './schema.ts'

/** What a call needs beside its arguments. */
export interface World {
  readonly home: string
  readonly env?: Readonly<Record<string, string>>
  /** All of standard input. */
  readonly stdin?: string
  /** Given the way to press Ctrl-C, and called back when the command listens. */
  readonly onListening?: (interrupt: () => void) => void
  /** Told of each piece of standard output. */
  readonly onStdout?: (text: string) => void
  /** What standard output fails with. */
  readonly stdoutError?: Error
}

/** What came of a call. */
export interface Outcome {
  readonly code: ExitCode
  readonly stdout: string
  readonly stderr: string
}

function sink(told: (text: string) => void = () => undefined): {
  readonly stream: Writable
  readonly text: () => string
} {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write: (chunk: Uint8Array, _encoding, done) => {
      chunks.push(Buffer.from(chunk))
      told(Buffer.from(chunk).toString('utf8'))
      done()
    },
  })
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') }
}

function stdinOf(text: string | undefined): Readable {
  return text === undefined ? new PassThrough().end() : Readable.from([Buffer.from(text)])
}

/** A stream that nothing can be written to. */
function failingStream(error: Error): Writable {
  const stream = new Writable({
    write: (_chunk, _encoding, done) => {
      done(error)
    },
  })
  return stream.on('error', () => undefined)
}

/** Runs the command in this process. */
export async function call(argv: readonly string[], world: World): Promise<Outcome> {
  const stdout = sink(world.onStdout)
  const stderr = sink()
  const io: Io = {
    stdin: stdinOf(world.stdin),
    stdout: world.stdoutError === undefined ? stdout.stream : failingStream(world.stdoutError),
    stderr: stderr.stream,
    env: world.env ?? {},
    isTerminal: { stdin: false, stdout: false, stderr: false },
    columns: 80,
    platform: process.platform,
    home: world.home,
    now: Date.now,
    onInterrupt: (interrupt) => {
      world.onListening?.(interrupt)
      return () => undefined
    },
  }
  const code = await run(argv, io)
  const isFailure = argv.includes('--json') && stderr.text().startsWith('{"roomkeys"')
  if (isFailure) expectShape('error', JSON.parse(stderr.text()))
  if (argv.includes('--json')) expectLines(argv, stdout.text())
  return { code, stdout: stdout.text(), stderr: stderr.text() }
}

/** The one JSON document of a call, which has the shape that is published. */
export function documentOf({ stdout }: Outcome): Readonly<Record<string, unknown>> {
  // Tests look at what they need; the schema says the rest.
  const document = JSON.parse(stdout) as Readonly<Record<string, unknown>>
  expectDocument(document)
  return document
}

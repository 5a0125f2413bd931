/** The command as a process: its streams, and its exit code. */
import { nodeIo } from './io/node-io.ts'

/**
 * Whoever writes to standard output tells what went wrong there, and nobody could be told that standard
 * error cannot be written. Unheard, the errors of the streams would end us with a trace.
 */
function ignoreStreamErrors(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
}

/** Runs the command and leaves its exit code to the process. */
export async function start(argv: readonly string[]): Promise<void> {
  ignoreStreamErrors()
  const { run } = await import('./run.ts')
  process.exitCode = await run(argv, nodeIo())
  // A standard input that is still open, of a prompt for example, would keep the process.
  process.stdin.destroy()
}

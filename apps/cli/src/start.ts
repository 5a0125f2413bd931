/** The command as a process: its streams, and its exit code. */
import { nodeIo } from './io/node-io.ts'

/** A reader that goes away, as `head` does, shows at the next write; unheard, it would end us with a trace. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
}

/** Runs the command and leaves its exit code to the process. */
export async function start(argv: readonly string[]): Promise<void> {
  ignoreClosedPipes()
  const { run } = await import('./run.ts')
  process.exitCode = await run(argv, nodeIo())
  // A standard input that is still open, of a prompt for example, would keep the process.
  process.stdin.destroy()
}

/**
 * What a script does that serves another process: it says where it is reached, in one line of JSON on its
 * standard output, and ends when its standard input ends. That happens however the other process ends, so
 * nothing is left running.
 */
import process from 'node:process'

/** Says where to reach this process, and ends it when whoever started it is done. */
export function announce(where: object, end: () => Promise<unknown>): void {
  const exit = (): void => {
    void end().finally(() => process.exit())
  }
  process.stdin.once('end', exit).once('error', exit).resume()
  process.once('SIGTERM', exit)
  process.stdout.write(`${JSON.stringify(where)}\n`)
}

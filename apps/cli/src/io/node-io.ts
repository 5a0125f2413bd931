/** The world as a Node process sees it. */
import { homedir } from 'node:os'
import { EXIT } from '../exit-codes.ts'
import type { Io } from './io.ts'

const DEFAULT_COLUMNS = 80

/** A second request to end, after one that is still being honoured, ends the process at once. */
function onInterrupt(interrupt: () => void): () => void {
  let isAsked = false
  const asked = (): void => {
    if (isAsked) process.exit(EXIT.interrupted)
    isAsked = true
    interrupt()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, asked)
  return () => {
    for (const signal of signals) process.off(signal, asked)
  }
}

/** The world of this process. */
export function nodeIo(): Io {
  const { stdin, stdout, stderr, env, platform } = process
  return {
    stdin,
    stdout,
    stderr,
    env,
    isTerminal: {
      // Only terminals have the member.
      stdin: 'isTTY' in stdin && stdin.isTTY,
      stdout: 'isTTY' in stdout && stdout.isTTY,
      stderr: 'isTTY' in stderr && stderr.isTTY,
    },
    columns: stderr.columns || DEFAULT_COLUMNS,
    platform,
    home: homedir(),
    now: Date.now,
    onInterrupt,
  }
}

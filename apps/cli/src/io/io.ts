/** The world of the command: streams, environment, and Ctrl-C. Tests bring their own. */
import type { Readable, Writable } from 'node:stream'

/** The world of the command. */
export interface Io {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly env: Readonly<Record<string, string | undefined>>
  /** Which streams are terminals. */
  readonly isTerminal: {
    readonly stdin: boolean
    readonly stdout: boolean
    readonly stderr: boolean
  }
  /** Width of the terminal of standard error. */
  readonly columns: number
  readonly platform: NodeJS.Platform
  /** The user's home folder. */
  readonly home: string
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Calls back at Ctrl-C and at the system's request to end; returns the way to stop listening. */
  readonly onInterrupt: (interrupt: () => void) => () => void
}

/** The built command as a process of its own, on a pseudo-terminal or on pipes. */
import { spawn as spawnTerminal } from '@lydell/node-pty'
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** The built command. */
export const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** What a process is started with. */
export interface Start {
  readonly argv: readonly string[]
  readonly home: string
  readonly env?: Readonly<Record<string, string>>
}

function environment({ home, env = {} }: Start): Record<string, string> {
  const PATH = process.env['PATH'] ?? ''
  return { PATH, HOME: home, XDG_CONFIG_HOME: `${home}/.config`, TERM: 'xterm', ...env }
}

/** A process on a terminal. */
export interface Terminal {
  /** Waits until the screen has had this text, and gives all that it has had. */
  readonly until: (text: string) => Promise<string>
  readonly type: (keys: string) => void
  /** The process that was started. */
  readonly pid: number
  /** Waits for the end. */
  readonly ended: Promise<{ readonly code: number; readonly screen: string }>
}

/** Starts the command on a pseudo-terminal. */
export function onTerminal(start: Start): Terminal {
  return startTerminal([process.execPath, MAIN, ...start.argv], start)
}

/** What a shell says of the terminal once the command has ended. */
const SHELL = '"$@"; echo "ended with $?"; stty -a'

/** Starts the command from a shell on a pseudo-terminal; the shell tells how it leaves the terminal. */
export function inShell(start: Start): Terminal {
  return startTerminal(['/bin/sh', '-c', SHELL, 'sh', process.execPath, MAIN, ...start.argv], start)
}

function startTerminal([file = '', ...args]: readonly string[], start: Start): Terminal {
  const size = { cols: 100, rows: 30 }
  const place = { cwd: start.home, env: environment(start) }
  const terminal = spawnTerminal(file, args, { ...size, ...place })
  let screen = ''
  const waiting = new Set<() => void>()
  const look = (): void => {
    for (const wake of waiting) wake()
  }
  terminal.onData((data) => {
    screen += data
    look()
  })
  const ended = new Promise<{ code: number; screen: string }>((resolve) => {
    terminal.onExit(({ exitCode }) => {
      resolve({ code: exitCode, screen })
      look()
    })
  })
  const until = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (!screen.includes(text)) return
        waiting.delete(check)
        resolve(screen)
      }
      waiting.add(check)
      check()
      void ended.then(() => {
        if (!screen.includes(text)) reject(new Error(`It ended without ${text}: ${screen}`))
      })
    })
  return {
    until,
    type: (keys) => {
      terminal.write(keys)
    },
    pid: terminal.pid,
    ended,
  }
}

/** The processes that a process has started and that still run; none where there is no /proc. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const list = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return list.split(' ').filter(Boolean).map(Number)
}

/** What came of a process on pipes. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** What others on the machine could read as its command line while it ran. */
  readonly commandLine: string
  /** What it was started with as its environment. */
  readonly environment: string
  /** Command lines and environments of the processes that it started itself. */
  readonly started: string
}

function procFile(pid: number, name: string): Promise<string> {
  return readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')
}

const LOOK_MS = 20

/** Looks at a process, and at those that it starts, until it is told to stop. */
async function watch(
  pid: number,
): Promise<() => Pick<Ended, 'commandLine' | 'environment' | 'started'>> {
  const [commandLine, environment] = [
    await procFile(pid, 'cmdline'),
    await procFile(pid, 'environ'),
  ]
  let started = ''
  const look = async (): Promise<void> => {
    for (const child of await childrenOf(pid))
      started += (await procFile(child, 'cmdline')) + (await procFile(child, 'environ'))
  }
  const timer = setInterval(() => void look(), LOOK_MS)
  return () => {
    clearInterval(timer)
    return { commandLine, environment, started }
  }
}

/** Runs the command on pipes; `whileRunning` is called as soon as the process is there. */
export async function onPipes(
  start: Start,
  whileRunning: (kill: (signal: NodeJS.Signals) => void) => Promise<void> | void = () => undefined,
  stdin = '',
): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...start.argv], {
    cwd: start.home,
    env: environment(start),
    stdio: 'pipe',
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()))
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()))
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  })
  // A process that ended early does not read what is left.
  child.stdin.on('error', () => undefined)
  child.stdin.end(stdin)
  const stopWatching = await watch(child.pid ?? 0)
  await whileRunning((signal) => child.kill(signal))
  const code = await closed
  return { code, stdout, stderr, ...stopWatching() }
}

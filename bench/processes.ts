// Scripts that run as processes of their own: what they take is theirs, and can be measured.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { SyntheticOptions } from './synthetic.ts'

/** A script that runs. It ends when its standard input does. */
export interface Running {
  readonly pid: number
  /** The lines of JSON that it writes. */
  readonly lines: AsyncIterator<unknown>
  readonly stop: () => Promise<void>
}

const FOLDER = fileURLToPath(new URL('.', import.meta.url))

function spawnHere([
  command = '',
  ...parameters
]: readonly string[]): ChildProcessWithoutNullStreams {
  const child = spawn(command, parameters, { cwd: FOLDER, stdio: ['pipe', 'pipe', 'pipe'] })
  child.stderr.pipe(process.stderr)
  return child
}

async function* linesOf(child: ChildProcessWithoutNullStreams): AsyncGenerator {
  for await (const line of createInterface(child.stdout)) yield JSON.parse(line)
}

async function stop(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.stdin.end()
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await ended
  clearTimeout(timer)
}

function running(child: ChildProcessWithoutNullStreams): Running {
  return { pid: child.pid ?? 0, lines: linesOf(child), stop: () => stop(child) }
}

/** Starts a script beside this file with one argument, by the Node of this process or another command. */
export function start(
  script: string,
  argument: object,
  command: readonly string[] = [process.execPath],
): Running {
  return running(spawnHere([...command, join(FOLDER, script), JSON.stringify(argument)]))
}

/**
 * The same as JavaScript, so that its memory is what a program takes: what takes the types away takes
 * 20 MiB itself. The script imports nothing of this folder.
 */
export function startMeasured(script: string, argument: object): Running {
  const code = stripTypeScriptTypes(readFileSync(join(FOLDER, script), 'utf8'))
  const parameters = ['--eval', code, JSON.stringify(argument)]
  return running(spawnHere([process.execPath, ...parameters]))
}

/** The next line that a script writes; the scripts are ours, and their lines of the type that is asked for. */
export async function next<Line>({ lines }: Running): Promise<Line> {
  const line = await lines.next()
  if (line.done === true) throw new Error('The process ended before its time')
  return line.value as Line
}

/** A homeserver with a synthetic backup. */
export async function startSynthetic(
  options: SyntheticOptions,
): Promise<Running & { readonly url: string }> {
  const server = start('synthetic-server.ts', options)
  return { ...server, ...(await next<{ readonly url: string }>(server)) }
}

/** The same, and it takes uploads. */
export async function startWritable(
  options: SyntheticOptions,
): Promise<Running & { readonly url: string }> {
  const server = start('writable-server.ts', options)
  return { ...server, ...(await next<{ readonly url: string }>(server)) }
}

const BYTES_IN_KIB = 1024

/** Resident memory of a process in bytes: now, and at its highest. Linux alone tells. */
export function memoryOf(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const read = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN) * BYTES_IN_KIB
  return { now: read('VmRSS'), peak: read('VmHWM') }
}

/** Starts a script that serves this process, and ends with it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const STOP_MS = 15_000

/** A script that runs. */
export interface StartedScript<Where> {
  readonly where: Where
  readonly pid: number
  /** What it wrote to its standard error. */
  readonly complaints: () => string
  readonly stop: () => Promise<void>
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.stdin?.end()
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await exit
  clearTimeout(timer)
}

/** Runs a script beside this file with one argument, and waits for what it says of itself. */
export async function startScript<Where>(
  script: string,
  argument: object = {},
  nodeFlags: readonly string[] = [],
): Promise<StartedScript<Where>> {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, [...nodeFlags, file, JSON.stringify(argument)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  const said = once(createInterface(child.stdout), 'line') as Promise<[string]>
  const line = await Promise.race([said, once(child, 'exit').then(() => null)])
  if (line === null) throw new Error(`The process ended: ${complaints}`)
  // The scripts are ours, and each says what its starter expects.
  const where = JSON.parse(line[0]) as Where
  return { where, pid: child.pid ?? 0, complaints: () => complaints, stop: () => stop(child) }
}

/** Calls in processes with a small heap, whose memory is looked at. */
import { readFile } from 'node:fs/promises'
import { type Folder, type Result, spawnCall } from '../keys/world.ts'

/** Megabytes of heap that each process may have. */
const HEAP = 64
/** How often the memory of a process is looked at, in milliseconds. */
const LOOK_MS = 50

/** Prints a line. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Fails unless something is so. */
export function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(`Not so: ${what}`)
}

/** The most memory that a process had, in megabytes; 0 once it is gone. */
async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024
}

/** Where calls happen. */
export interface Stress {
  readonly env: Readonly<Record<string, string>>
  readonly folder: Folder
}

/** What a call gave, and took. */
export interface Run extends Result {
  readonly peak: number
  readonly seconds: number
}

/** Runs the command; interrupts it after some seconds, if they are given. */
export async function runChild(
  { env, folder }: Stress,
  args: readonly string[],
  interruptAfter: number | null = null,
): Promise<Run> {
  const began = performance.now()
  const child = spawnCall(args, { env, home: folder.path('.') }, [`--max-old-space-size=${HEAP}`])
  let peak = 0
  const looking = setInterval(() => {
    void peakOf(child.pid).then((now) => (peak = Math.max(peak, now)))
  }, LOOK_MS)
  const timer = interruptAfter === null ? null : setTimeout(child.interrupt, interruptAfter * 1_000)
  const result = await child.result
  clearInterval(looking)
  if (timer !== null) clearTimeout(timer)
  const seconds = (performance.now() - began) / 1_000
  const name = `${args.slice(0, 2).join(' ')}${interruptAfter === null ? '' : ' (interrupted)'}`
  say(`${name}: exit ${result.code}, ${seconds.toFixed(1)} s, ${peak.toFixed(0)} MB at most`)
  if (![0, 130].includes(result.code)) say(result.stderr)
  return { ...result, peak, seconds }
}

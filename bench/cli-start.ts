// How long the command takes to start, beside a bare Node: pairs in turns, so that what else the machine
// does falls on both; the ratio of each pair, and the median of the ratios.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { median } from './interleave.ts'

const PAIRS = 25

const MAIN = fileURLToPath(new URL('../apps/cli/dist/main.js', import.meta.url))

/** What is started; the first is what the others are compared with. */
const STARTS: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['node -e 0', ['-e', '0']],
  ['roomkeys --version', [MAIN, '--version']],
  ['roomkeys --help', [MAIN, '--help']],
  ['roomkeys status --help', [MAIN, 'status', '--help']],
]

function milliseconds(args: readonly string[]): number {
  const started = performance.now()
  execFileSync(process.execPath, [...args], { stdio: 'ignore' })
  return performance.now() - started
}

for (const [, args] of STARTS) milliseconds(args)
const rounds = Array.from({ length: PAIRS }, () => STARTS.map(([, args]) => milliseconds(args)))

console.log(`Medians of ${PAIRS} rounds, Node ${process.version}`)
STARTS.forEach(([name], index) => {
  const times = rounds.map((round) => round[index] ?? Number.NaN)
  const ratios = rounds.map((round) => (round[index] ?? Number.NaN) / (round[0] ?? Number.NaN))
  const ratio = median(ratios).toFixed(2)
  console.log(`${name.padEnd(24)} ${median(times).toFixed(1).padStart(7)} ms  ${ratio} x`)
})

// Every benchmark, one after the other, and one table of them all: `pnpm --filter @roomkeys/bench bench`.
// It takes half an hour, and nothing else should run. Names of some run those alone: `node all.ts restore`.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { type NotedRow, ROWS_FILE } from './table.ts'

/** Beside the server's, which needs Python: `server.ts` and `server-scale.ts`. */
const BENCHMARKS = [
  ...['decrypt', 'encrypt', 'restore', 'key-export', 'megolm', 'attachments'],
  ...['runtimes', 'chromium', 'memory'],
]

function run(name: string, rows: string): boolean {
  const script = fileURLToPath(new URL(`${name}.ts`, import.meta.url))
  const env = { ...process.env, [ROWS_FILE]: rows }
  return spawnSync(process.execPath, [script], { stdio: 'inherit', env }).status === 0
}

function line({ benchmark, what, value, unit, times, of }: NotedRow): string {
  const compared = times === undefined ? '' : `${times.toFixed(2)} × ${of ?? ''}`
  return `| ${benchmark} | ${what} | ${value.toLocaleString('en')} ${unit} | ${compared} |`
}

function table(rows: readonly NotedRow[]): string {
  return [
    '| benchmark | what | median | compared |',
    '| --- | --- | --- | --- |',
    ...rows.map(line),
  ].join('\n')
}

const named = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'roomkeys-bench-'))
const file = join(folder, 'rows.jsonl')
try {
  writeFileSync(file, '')
  const failed = (named.length > 0 ? named : BENCHMARKS).filter((name) => !run(name, file))
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  // The lines are those that the scripts beside this one wrote.
  console.log(`\n${table(lines.map((text) => JSON.parse(text) as NotedRow))}`)
  for (const name of failed) console.error(`${name} failed`)
  process.exitCode = failed.length === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

// The formats are small packages: what each entry adds of its own, dependencies aside, has a budget.
import { build } from 'esbuild'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { listPackages, type Package } from './packages.ts'

/** Bytes of gzip. */
const BUDGET = 4000

const FORMATS: ReadonlySet<string> = new Set([
  'attachments',
  'cross-signing',
  'key-bundle',
  'key-export',
  'megolm',
  'secret-storage',
])

/** Names of imports and exports belong to the boundary, not to the code. */
const BOUNDARY = /import(?:\{[^}]*\}|\*as \w+)from"[^"]*";|export\{[^}]*\};?/g

function entriesOf({ path, manifest }: Package): readonly string[] {
  return Object.values(manifest.exports)
    .map((target) => (typeof target === 'string' ? undefined : target['default']))
    .filter((file) => file !== undefined)
    .map((file) => join(path, file))
}

async function ownSize(entry: string): Promise<number> {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    packages: 'external',
    minify: true,
    format: 'esm',
    write: false,
  })
  const code = result.outputFiles.map(({ text }) => text.replaceAll(BOUNDARY, '')).join('')
  return gzipSync(code, { level: 9 }).length
}

async function check(entry: string): Promise<boolean> {
  const size = await ownSize(entry)
  const fits = size <= BUDGET
  const name = entry.split('packages/').at(-1) ?? entry
  console.log(`${String(size).padStart(5)} of ${BUDGET} B  ${name}${fits ? '' : '  TOO LARGE'}`)
  return fits
}

const entries = listPackages()
  .filter(({ folder }) => FORMATS.has(folder))
  .flatMap(entriesOf)
const results = await Promise.all(entries.map(check))
process.exitCode = results.every(Boolean) ? 0 : 1

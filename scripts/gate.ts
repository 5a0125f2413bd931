// The gate: every check there is, one after the other, and what came of each.
// `pnpm test` runs it; continuous integration runs `pnpm test`.
import { spawnSync } from 'node:child_process'

/** Cheap checks first; the build before all that reads its output. */
const STEPS: Readonly<Record<string, string>> = {
  manifests: 'node scripts/check-manifests.ts',
  formatting: 'prettier --check --log-level warn .',
  build: 'turbo run build --output-logs=errors-only',
  boundaries: 'turbo boundaries',
  types: 'tsc -p tsconfig.json && turbo run typecheck --output-logs=errors-only',
  lint: 'eslint . --max-warnings 0',
  tests: 'vitest run',
  sizes: 'size-limit && node scripts/check-own-sizes.ts',
  packages: 'node scripts/check-packages.ts',
}

const quiet = { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' }

function run([name, command]: readonly [string, string]): boolean {
  console.log(`\n── ${name}: ${command}`)
  const started = Date.now()
  const env = { ...process.env, ...quiet }
  const { status } = spawnSync(command, { shell: true, stdio: 'inherit', env })
  const passed = status === 0
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  console.log(`── ${name}: ${passed ? 'passed' : 'FAILED'} after ${seconds} s`)
  return passed
}

const failed = Object.entries(STEPS).filter((step) => !run(step))
for (const [name] of failed) console.log(`failed: ${name}`)
console.log(`\n${Object.keys(STEPS).length - failed.length} passed, ${failed.length} failed`)
process.exitCode = failed.length === 0 ? 0 : 1

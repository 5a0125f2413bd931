/** A pool in processes that were started with options which a thread would choke on, or repeat. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { account } from './vectors.ts'

const module = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href)

/** Opens the entries so often that workers are started, and says how many were opened. */
const CODE = `
  import { createEntryPool } from ${module('../src/pool.node.ts')}
  import { decodeDecryptionKey } from ${module('../src/decryption-key.ts')}
  import { megolmBackupV1 as algorithm } from ${module('../src/v1.ts')}
  const [keyText, text] = process.argv.slice(-2)
  const key = decodeDecryptionKey(keyText)
  const few = JSON.parse(text)
  const entries = Array.from({ length: 2_400 }, (_, i) => few[i % few.length])
  const pool = createEntryPool({ size: 1 })
  let opened = 0
  for await (const { status } of pool.openEntries(entries, { algorithm, key }))
    if (status === 'opened') opened += 1
  await pool.close()
  console.log(opened)`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomkeys-pool-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function run(options: readonly string[], NODE_OPTIONS?: string): Promise<string> {
  const parameters = [account.keyText, JSON.stringify(account.entries.slice(0, 20))]
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...options, '--input-type=module', '--eval', CODE, ...parameters],
    { env: { ...process.env, ...(NODE_OPTIONS !== undefined && { NODE_OPTIONS }) } },
  )
  return stdout.trim()
}

test('code from the command line', async () => {
  expect(await run([])).toBe('2400')
})

test('a profile of the process is one of it alone', async () => {
  expect(await run(['--cpu-prof', `--cpu-prof-dir=${folder}`])).toBe('2400')
  expect((await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'))).toHaveLength(1)
})

test.each([
  ['--title=a', '--conditions=development'],
  ['--max-old-space-size=256', '--stack-trace-limit=5'],
  ['--no-warnings', '--enable-source-maps'],
])('%s %s', async (...options) => {
  expect(await run(options)).toBe('2400')
})

test('NODE_OPTIONS', async () => {
  expect(await run([], '--no-warnings --max-semi-space-size=8')).toBe('2400')
})

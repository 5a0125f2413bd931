// The same work in Node 22, 24 and 26, Bun and Deno: first whether every outcome is that of Node 24, of
// damaged entries too, then how fast. `node runtimes.ts [keys] [folder]`; 10,000 keys unless given. The
// runtimes come from npm, into a folder that goes away unless it is named.
import { encodeDecryptionKey } from '@roomkeys/backup'
import { encryptKeyExportStream } from '@roomkeys/key-export/stream'
import { exportedSessionDataSchema, type ExportedSessionData, parseWire } from '@roomkeys/types'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { next, start } from './processes.ts'
import type { RuntimeResult, RuntimeTask } from './runtimes-child.ts'
import { SYNTHETIC_KEY, syntheticBody, syntheticSession } from './synthetic.ts'
import { printRows, type Row } from './table.ts'

const KEYS = Number(process.argv[2] ?? 10_000)
const PASSPHRASE = 'a passphrase'

interface Runtime {
  readonly name: string
  readonly npm: string
  readonly program: string
  readonly parameters: readonly string[]
}

const NODE = { program: 'node', parameters: ['--disable-warning=ExperimentalWarning'] }
const NODE_24: Runtime = { name: 'Node 24', npm: 'node@24', ...NODE }
const RUNTIMES: readonly Runtime[] = [
  NODE_24,
  { name: 'Node 22', npm: 'node@22', ...NODE },
  { name: 'Node 26', npm: 'node@26', ...NODE },
  { name: 'Bun', npm: 'bun', program: 'bun', parameters: [] },
  {
    name: 'Deno',
    npm: 'deno',
    program: 'deno',
    parameters: ['run', '--allow-all', '--no-check', '--node-modules-dir=manual'],
  },
]

/** Each in a folder of its own: they are versions of one package. */
async function install(folder: string, { npm, program }: Runtime): Promise<string> {
  const own = join(folder, npm.replace('@', ''))
  const path = join(own, 'node_modules', '.bin', program)
  if (existsSync(path)) return path
  await mkdir(own, { recursive: true })
  await writeFile(join(own, 'package.json'), '{"private":true}')
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent', npm], {
    cwd: own,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return path
}

function* sessions(): Generator<ExportedSessionData> {
  for (let number = 0; number < KEYS; number++) {
    const { roomId, sessionId, session } = syntheticSession(number)
    const exported = { ...session, room_id: roomId, session_id: sessionId }
    yield parseWire(exportedSessionDataSchema, exported, 'a session')
  }
}

async function makeFiles(folder: string): Promise<Omit<RuntimeTask, 'withoutSubtle'>> {
  const [body, exportFile] = [join(folder, 'keys.json'), join(folder, 'keys.txt')]
  await writeFile(body, syntheticBody({ keys: KEYS }))
  await writeFile(exportFile, encryptKeyExportStream(sessions(), PASSPHRASE))
  const keyText = encodeDecryptionKey(SYNTHETIC_KEY)
  return { body, exportFile, keyText, passphrase: PASSPHRASE }
}

async function run(
  path: string,
  { parameters }: Runtime,
  task: RuntimeTask,
): Promise<RuntimeResult | null> {
  const running = start('runtimes-child.ts', task, [path, ...parameters])
  try {
    return await next<RuntimeResult>(running)
  } catch {
    // It has told of its error.
    return null
  } finally {
    await running.stop()
  }
}

const SAME = 'the same'

/** Names what differs from Node 24. */
function verdict({ digests }: RuntimeResult, expected: RuntimeResult['digests']): string {
  const differing = Object.keys(expected).filter((name) => digests[name] !== expected[name])
  return differing.length === 0 ? SAME : `OTHERS: ${differing.join(', ')}`
}

/** What is not the same is a failure of the whole. */
function tell(runtime: string, outcomes: string): void {
  console.log(`${runtime}: outcomes ${outcomes}`)
  if (outcomes !== SAME) process.exitCode = 1
}

async function compare(folder: string): Promise<void> {
  const files = await makeFiles(folder)
  let expected: RuntimeResult['digests'] | null = null
  const rows: Row[] = []
  for (const withoutSubtle of [false, true])
    for (const runtime of RUNTIMES) {
      const path = await install(folder, runtime)
      const result = await run(path, runtime, { ...files, withoutSubtle })
      const name = `${runtime.name}${withoutSubtle ? ', no crypto.subtle' : ''}`
      if (result === null) {
        tell(name, 'FAILED')
        continue
      }
      expected ??= result.digests
      tell(name, verdict(result, expected))
      for (const [what, value] of Object.entries(result.rates))
        rows.push({ what: `${name}: ${what}`, value, unit: 'keys/s, the best of 3' })
    }
  printRows(`${KEYS} keys in other runtimes`, rows)
}

const [, , , named] = process.argv
const folder = named ?? (await mkdtemp(join(tmpdir(), 'roomkeys-runtimes-')))
try {
  await mkdir(folder, { recursive: true })
  await compare(folder)
} finally {
  if (named === undefined) await rm(folder, { recursive: true, force: true })
}

/** A Synapse in a process and a folder of its own, gone when it is stopped. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { logConfig, synapseConfig, type SynapseSetting } from './config.ts'
import { PYTHON } from './install.ts'

const START_MS = 120_000
const POLL_MS = 200
const STOP_MS = 10_000

/** A Synapse that runs. */
export interface Synapse {
  readonly baseUrl: string
  readonly registrationSecret: string
  readonly pid: number
  readonly stop: () => Promise<void>
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('There is no free port')
  return address.port
}

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

function prepare(folder: string, port: number): SynapseSetting {
  const setting = { folder, port, registrationSecret: randomBytes(32).toString('hex') }
  writeFileSync(join(folder, 'homeserver.yaml'), synapseConfig(setting), { mode: 0o600 })
  writeFileSync(join(folder, 'log.config'), logConfig(setting))
  return setting
}

function launch(folder: string): ChildProcess {
  const args = ['-m', 'synapse.app.homeserver', '--config-path', join(folder, 'homeserver.yaml')]
  execFileSync(PYTHON, [...args, '--generate-keys'], { cwd: folder, stdio: 'ignore' })
  return spawn(PYTHON, args, { cwd: folder, stdio: 'ignore' })
}

function logOf(folder: string): string {
  const file = join(folder, 'homeserver.log')
  return existsSync(file) ? readFileSync(file, 'utf8').slice(-2_000) : 'It wrote no log'
}

async function isUp(baseUrl: string): Promise<boolean> {
  const answer = await fetch(`${baseUrl}/health`).catch(() => null)
  await answer?.body?.cancel()
  return answer?.ok ?? false
}

async function untilUp(child: ChildProcess, baseUrl: string, folder: string): Promise<void> {
  const end = Date.now() + START_MS
  while (!(await isUp(baseUrl))) {
    if (child.exitCode !== null || Date.now() > end)
      throw new Error(`Synapse did not start: ${logOf(folder)}`)
    await sleep(POLL_MS)
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve()
    })
  })
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await exited
  clearTimeout(timer)
}

/** Starts a Synapse with an empty database; resolves when it answers. */
export async function startSynapse(): Promise<Synapse> {
  const folder = mkdtempSync(join(tmpdir(), 'roomkeys-synapse-'))
  const { port, registrationSecret } = prepare(folder, await freePort())
  const baseUrl = `http://127.0.0.1:${port}`
  const child = launch(folder)
  const close = async (): Promise<void> => {
    await stop(child)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await untilUp(child, baseUrl, folder)
  } catch (error) {
    await close()
    throw error
  }
  return { baseUrl, registrationSecret, pid: child.pid ?? 0, stop: close }
}

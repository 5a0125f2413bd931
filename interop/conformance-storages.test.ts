/**
 * The conformance kit and the bundled server on each of its databases: the same rules hold whatever is
 * below, and for two processes that share a PostgreSQL.
 */
import {
  CASES,
  dummyRegistration,
  exitCodeOf,
  type RunOptions,
  runCases,
  textReport,
} from '@roomkeys/conformance'
import { httpTransport } from '@roomkeys/conformance/node'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ServerStorage } from './processes/server.ts'
import { SEED } from './seed.ts'
import {
  type PostgresProcess,
  type ServerProcess,
  startPostgres,
  startServer,
} from './server-processes.ts'

type Transport = RunOptions['transport']

const WHOLE_RUN_MS = 600_000
const PARTITIONS = 16
const KIB = 1024

let folder: string
let postgres: PostgresProcess
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roomkeys-storages-'))
  postgres = await startPostgres()
})
afterAll(async () => {
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Every request goes to the next of them. */
function alternating(servers: readonly ServerProcess[]): Transport {
  const transports = servers.map(({ url }) => httpTransport(url))
  let turn = 0
  return {
    verbatim: true,
    send: (request, options) => {
      const transport = transports[turn++ % transports.length]
      if (transport === undefined) throw new TypeError('There are no servers')
      return transport.send(request, options)
    },
  }
}

/** What the processes take in all, in bytes. */
async function residentBytes(servers: readonly ServerProcess[]): Promise<number> {
  const sizes = servers.map(async ({ pid }) => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * KIB
  })
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

/** What needs a restart, an endpoint that the server does not have, or limits. */
const NOT_APPLICABLE = ['A1', 'A2', 'N15', 'N15-ids', 'N18-guest', 'N20']

/** What a run against servers that keep every rule comes to. */
const FLAWLESS = {
  exitCode: 0,
  cases: CASES.length,
  leftBehind: [],
  others: [],
  report: '',
  complaints: '',
}

async function runEveryCase(servers: readonly ServerProcess[]): Promise<object> {
  const report = await runCases({
    transport: alternating(servers),
    users: dummyRegistration(),
    seed: SEED,
    hooks: { memory: () => residentBytes(servers) },
  })
  const { results } = report
  const judged = results.filter(({ id }) => !NOT_APPLICABLE.includes(id))
  return {
    exitCode: exitCodeOf(report),
    cases: results.length,
    leftBehind: results.flatMap(({ leftBehind = [] }) => leftBehind),
    others: judged.filter(({ status }) => status !== 'passed').map(({ id }) => id),
    report: exitCodeOf(report) === 0 ? '' : textReport(report),
    complaints: servers.map(({ complaints }) => complaints()).join(''),
  }
}

/** Starts the servers one after the other: the first creates what the others find. */
async function runOn(storages: readonly ServerStorage[]): Promise<object> {
  const servers: ServerProcess[] = []
  try {
    for (const storage of storages) servers.push(await startServer(storage))
    return await runEveryCase(servers)
  } finally {
    for (const server of servers) await server.stop()
  }
}

const BELOW: Readonly<Record<string, (url: string) => readonly ServerStorage[]>> = {
  'PGlite in a folder': () => [{ folder: join(folder, 'pglite') }],
  PostgreSQL: (url) => [{ url }],
  'partitioned tables': (url) => [{ url, partitions: PARTITIONS }],
  'two processes on one PostgreSQL': (url) => [{ url }, { url }],
}

it.each(Object.entries(BELOW))(
  'every rule is kept over %s',
  async (...[, storagesOn]) => {
    expect(await runOn(storagesOn(await postgres.createDatabase()))).toEqual(FLAWLESS)
  },
  WHOLE_RUN_MS,
)

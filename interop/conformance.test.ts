/**
 * The conformance kit and the bundled server: the server keeps every rule, and each of many servers
 * that break one is caught by the case of that rule.
 */
import {
  CASES,
  dummyRegistration,
  exitCodeOf,
  type Report,
  runCases,
  textReport,
} from '@roomkeys/conformance'
import { httpTransport } from '@roomkeys/conformance/node'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SEEDED_FAULTS } from './conformance-faults.ts'
import { openServer, type ServerUnderTest } from './conformance-server.ts'
import { SEED } from './seed.ts'

const WHOLE_RUN_MS = 600_000

let server: ServerUnderTest
beforeAll(async () => {
  server = await openServer()
})
afterAll(() => server.close())

function run(url: string, only?: readonly string[]): Promise<Report> {
  const selected = only === undefined ? {} : { only }
  const users = dummyRegistration()
  return runCases({ transport: httpTransport(url), users, seed: SEED, ...selected })
}

/** Cases of a report by what came of them. */
function idsOf({ results }: Report, status: string): readonly string[] {
  return results.filter((result) => result.status === status).map(({ id }) => id)
}

/** What needs a hook, or an endpoint that the server does not have. */
const NOT_APPLICABLE = ['A1', 'A2', 'N15', 'N15-ids', 'N16-memory', 'N18-guest', 'N20']

describe('the bundled server', () => {
  it(
    'keeps every rule',
    async () => {
      const report = await run(server.url)
      expect(idsOf(report, 'failed'), textReport(report)).toEqual([])
      expect(idsOf(report, 'error'), textReport(report)).toEqual([])
      expect(NOT_APPLICABLE).toEqual(expect.arrayContaining([...idsOf(report, 'not_applicable')]))
      expect(report.results.flatMap(({ leftBehind = [] }) => leftBehind)).toEqual([])
      expect(report.results).toHaveLength(CASES.length)
      expect(exitCodeOf(report)).toBe(0)
      expect(server.errors).toEqual([])
    },
    WHOLE_RUN_MS,
  )
})

describe('what needs more than HTTP', () => {
  it('a restart loses nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'roomkeys-conformance-'))
    let running = await openServer({ folder })
    const { url } = running
    const port = Number(new URL(url).port)
    const restart = async (): Promise<void> => {
      await running.close()
      running = await openServer({ folder, port })
    }
    try {
      const options = { seed: SEED, only: ['N15'], hooks: { restart } }
      const transport = httpTransport(url)
      const report = await runCases({ transport, users: dummyRegistration(), ...options })
      expect(idsOf(report, 'passed'), textReport(report)).toEqual(['N15', 'N15-ids'])
    } finally {
      await running.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('a server that limits rates says so, and means the wait', async () => {
    const rate = { burst: 30, perMinute: 60 }
    const limiting = await openServer({ rateLimits: { backupChangesPerUser: rate } })
    try {
      const report = await run(limiting.url, ['N20'])
      expect(idsOf(report, 'passed'), textReport(report)).toEqual(['N20'])
    } finally {
      await limiting.close()
    }
  })
})

describe('a server with a fault', () => {
  it.each(SEEDED_FAULTS)('that $name', async ({ fault, seenBy }) => {
    const faulty = await server.serve(fault)
    try {
      const report = await run(faulty.url, seenBy)
      expect(idsOf(report, 'failed').toSorted(), textReport(report)).toEqual(seenBy.toSorted())
      expect(exitCodeOf(report)).toBe(1)
    } finally {
      await faulty.close()
    }
  })

  it('is caught by cases that the whole server passes', async () => {
    const seen = [...new Set(SEEDED_FAULTS.flatMap(({ seenBy }) => seenBy))]
    expect(idsOf(await run(server.url, seen), 'failed')).toEqual([])
  })
})

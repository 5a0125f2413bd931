/**
 * The conformance kit and Synapse. `known-differences.json` lists the cases in which the two differ; the
 * test fails when one more does, and when one no longer does, so that a change on either side shows.
 */
import {
  CASES,
  parseKnownDifferences,
  type Report,
  runCases,
  textReport,
} from '@roomkeys/conformance'
import { httpTransport, sharedSecretRegistration } from '@roomkeys/conformance/node'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { SEED } from '../seed.ts'
import { startSynapse, type Synapse } from './start.ts'

const LIST = join(import.meta.dirname, 'known-differences.json')
const KNOWN = parseKnownDifferences(readFileSync(LIST, 'utf8'))
const CASES_AT_ONCE = 8
/** Its answers come late when so many cases ask at once. */
const ANSWER_MS = 60_000

function run({ baseUrl, registrationSecret }: Synapse): Promise<Report> {
  return runCases({
    transport: httpTransport(baseUrl),
    users: sharedSecretRegistration(registrationSecret),
    seed: SEED,
    concurrency: CASES_AT_ONCE,
    timeoutMs: ANSWER_MS,
    knownDifferences: KNOWN,
  })
}

/** Cases of a report by what came of them. */
function idsOf({ results }: Report, status: string): readonly string[] {
  return results.filter((result) => result.status === status).map(({ id }) => id)
}

it('the kit and Synapse differ where the list says so', async () => {
  const synapse = await startSynapse()
  try {
    const report = await run(synapse)
    const known = KNOWN.map(({ id }) => id)
    expect(idsOf(report, 'error'), textReport(report)).toEqual([])
    expect(idsOf(report, 'failed').toSorted(), textReport(report)).toEqual(known.toSorted())
    expect(report.results).toHaveLength(CASES.length)
  } finally {
    await synapse.stop()
  }
})

import { describe, expect, it } from 'vitest'
import type { CaseContext, ConformanceCase } from '../src/case.ts'
import { expectEqual, expectOk, expectStatus, notApplicable } from '../src/checks.ts'
import { exitCodeOf, type Report } from '../src/report/report.ts'
import { newVersion, versionPath } from '../src/requests.ts'
import { runCases, type RunOptions, selectCases } from '../src/run.ts'
import type { UserFactory } from '../src/users/factory.ts'
import { caseOf, json, NOT_FOUND, someUsers, stub } from './helpers.ts'

const passes = (): Promise<void> => Promise.resolve()

function run(cases: readonly ConformanceCase[], more: Partial<RunOptions> = {}): Promise<Report> {
  const users = someUsers(2)
  return runCases({ transport: stub(() => NOT_FOUND), users, seed: 1, cases, ...more })
}

describe('verdicts', () => {
  it('a case that resolves passed', async () => {
    const { results, totals, outcome } = await run([caseOf('A', passes)])
    expect(results).toMatchObject([{ id: 'A', status: 'passed', source: 'our decision: a test' }])
    expect(totals.must).toEqual({ passed: 1, failed: 0, not_applicable: 0, error: 0 })
    expect(outcome).toBe('as_expected')
  })

  it('a failed check is reported with the request and the answer', async () => {
    const report = await run([
      caseOf('A', async ({ user }) => {
        expectStatus(await user.get(versionPath()), 200)
      }),
    ])
    expect(report.results).toMatchObject([
      {
        status: 'failed',
        detail: 'expected status 200, got 404',
        exchange: { request: 'GET /_matrix/client/v3/room_keys/version', status: 404 },
      },
    ])
    expect(exitCodeOf(report)).toBe(1)
  })

  it('a check without an answer is reported with the last one', async () => {
    const { results } = await run([
      caseOf('A', async ({ user }) => {
        await user.get('/x')
        expectEqual(1, 2, 'the number')
      }),
    ])
    expect(results[0]).toMatchObject({ detail: 'the number: expected 2, got 1' })
    expect(results[0]?.exchange?.request).toBe('GET /_matrix/client/v3/x')
  })

  it('a case may end without a verdict, and says why', async () => {
    const report = await run([caseOf('A', () => notApplicable('there is no such thing'))])
    expect(report.results).toMatchObject([
      { status: 'not_applicable', detail: 'there is no such thing' },
    ])
    expect(exitCodeOf(report)).toBe(0)
  })

  it('a network that fails is no verdict', async () => {
    const transport = stub(() => Promise.reject(new Error('connection refused')))
    const cases = [
      caseOf(
        'A',
        async ({ user }) => {
          await user.get('/x')
        },
        { effect: 'reads' },
      ),
    ]
    const report = await run(cases, { transport })
    expect(report.results).toMatchObject([
      { status: 'error', detail: 'No answer to GET /_matrix/client/v3/x (connection refused)' },
    ])
    expect(exitCodeOf(report)).toBe(2)
  })

  it('an answer that does not come in time is no verdict', async () => {
    const transport = stub(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('aborted'))
          })
        }),
    )
    const cases = [
      caseOf(
        'A',
        async ({ user }) => {
          await user.get('/x')
        },
        { effect: 'reads' },
      ),
    ]
    const { results } = await run(cases, { transport, timeoutMs: 5 })
    expect(results[0]?.status).toBe('error')
    expect(results[0]?.detail).toContain('No answer in time to GET /_matrix/client/v3/x')
  })
})

describe('what a case needs', () => {
  it.each([
    ['verbatim', 'the transport rewrites paths and headers'],
    ['restart', 'there is no way to restart the server'],
    ['memory', 'there is no way to ask for the memory of the server'],
    ['created_user', 'a given user is not used up'],
    ['strict', 'fixtures are lenient'],
  ] as const)('%s', async (need, detail) => {
    const transport = { ...stub(() => NOT_FOUND), verbatim: false }
    const options = { transport, fixtures: 'lenient' } as const
    const { results } = await run([caseOf('A', passes, { needs: [need] })], options)
    expect(results).toMatchObject([{ status: 'not_applicable', detail }])
  })

  it('passwords', async () => {
    const createUser: UserFactory['createUser'] = () =>
      Promise.resolve({ userId: '@a:b', accessToken: 'token-of-a' })
    const cases = [caseOf('A', passes, { needs: ['password'] })]
    const { results } = await run(cases, { users: { createUser } })
    expect(results[0]?.detail).toBe('the password of the user is not known')
  })

  it('more users than there are', async () => {
    const { results } = await run([caseOf('A', passes, { users: 3 })])
    expect(results).toMatchObject([
      { status: 'not_applicable', detail: '3 users are needed, 2 are given' },
    ])
  })

  it('a given user without a backup, unless it only reads', async () => {
    const transport = stub(() => json(200, { version: '7' }))
    const cases = [caseOf('writes', passes), caseOf('reads', passes, { effect: 'reads' })]
    const { results } = await run(cases, { transport })
    expect(results).toMatchObject([
      { status: 'not_applicable', detail: 'the given user has a backup, which is left alone' },
      { status: 'passed' },
    ])
    expect(transport.requests.every(({ method }) => method === 'GET')).toBe(true)
  })
})

describe('cleaning up', () => {
  const makesTwo = caseOf('A', async ({ user }) => {
    await newVersion(user)
    await newVersion(user)
    throw new Error('a mistake of the kit')
  })

  it('deletes what the case made, the newest first, whatever became of the case', async () => {
    let next = 1
    const transport = stub(({ method }) =>
      method === 'POST' ? json(200, { version: String(next++) }) : NOT_FOUND,
    )
    const { results } = await run([makesTwo], { transport })
    expect(results[0]).not.toHaveProperty('leftBehind')
    const deleted = transport.requests.filter(({ method }) => method === 'DELETE')
    expect(deleted.map(({ target }) => target.at(-1))).toEqual(['2', '1'])
  })

  it('tells of what it could not delete', async () => {
    const transport = stub(({ method }) => {
      if (method === 'POST') return json(200, { version: '5' })
      return method === 'DELETE' ? json(500, {}) : NOT_FOUND
    })
    const { results } = await run([makesTwo], { transport })
    expect(results[0]).toMatchObject({ status: 'error', leftBehind: ['5', '5'] })
  })
})

describe('how cases run', () => {
  it('never more at once than wanted, and those that want to be alone at the end', async () => {
    let running = 0
    const seen: (readonly [string, number])[] = []
    const noting = (id: string, company: 'any' | 'alone'): ConformanceCase =>
      caseOf(
        id,
        async () => {
          seen.push([id, ++running])
          await new Promise((resolve) => setImmediate(resolve))
          running--
        },
        { company },
      )
    const cases = [noting('alone', 'alone'), ...'abcdef'.split('').map((id) => noting(id, 'any'))]
    const { results } = await run(cases, { users: someUsers(10), concurrency: 3 })
    expect(Math.max(...seen.map(([, atOnce]) => atOnce))).toBe(3)
    expect(seen.at(-1)).toEqual(['alone', 1])
    expect(results.map(({ id }) => id)).toEqual([...'abcdef'.split(''), 'alone'])
  })

  it('cases that need two users each do not wait for one another for ever', async () => {
    const cases = Array.from({ length: 12 }, (_, i) => caseOf(`C${i}`, passes, { users: 2 }))
    const { totals } = await run(cases, { users: someUsers(3), concurrency: 8 })
    expect(totals.must.passed).toBe(12)
  })

  it('the same seed gives the same ids to a case, whatever else runs', async () => {
    const ids = async (
      seed: number,
      more: readonly ConformanceCase[],
    ): Promise<readonly string[]> => {
      const drawn: string[] = []
      const draw = caseOf('draw', ({ roomId, sessionId, random }: CaseContext) => {
        drawn.push(roomId(), roomId(), sessionId(), String(random()))
        return Promise.resolve()
      })
      await run([...more, draw], { seed, concurrency: 1 })
      return drawn
    }
    const first = await ids(1, [])
    expect(await ids(1, [caseOf('other', ({ roomId }) => Promise.resolve(void roomId()))])).toEqual(
      first,
    )
    expect(await ids(2, [])).not.toEqual(first)
    expect(new Set(first).size).toBe(4)
  })

  it('stops when it is aborted', async () => {
    const controller = new AbortController()
    const stopping = caseOf('A', () => {
      controller.abort(new Error('enough'))
      return Promise.resolve()
    })
    const options = { signal: controller.signal, concurrency: 1 }
    await expect(run([stopping, caseOf('B', passes)], options)).rejects.toThrow('enough')
  })

  it('tells of each result', async () => {
    const told: string[] = []
    await run([caseOf('A', passes)], { onResult: ({ id }) => told.push(id) })
    expect(told).toEqual(['A'])
  })
})

describe('known differences', () => {
  const fails = caseOf('F', async ({ user }) => void expectOk(await user.get('/x')))
  const known = (id: string): Partial<RunOptions> => ({
    knownDifferences: [{ id, reason: 'on purpose' }],
  })

  it('a failure that is known is as expected', async () => {
    const report = await run([fails], known('F'))
    expect(report.results).toMatchObject([{ status: 'failed', knownDifference: 'on purpose' }])
    expect([report.outcome, exitCodeOf(report)]).toEqual(['as_expected', 0])
  })

  it('a pass in spite of it is not', async () => {
    const report = await run([caseOf('P', passes)], known('P'))
    expect([report.outcome, exitCodeOf(report)]).toEqual(['unexpected', 1])
  })

  it('a case that is not applicable is neither', async () => {
    const report = await run([caseOf('N', () => notApplicable('no'))], known('N'))
    expect(report.outcome).toBe('as_expected')
  })

  it('an id that names no case is a mistake', async () => {
    await expect(run([fails], known('G'))).rejects.toThrow('knownDifferences names no case: G')
  })
})

describe('options', () => {
  it('an id stands for its variants', () => {
    const cases = ['B1-K1', 'B1-K2', 'B10-K1', 'B1'].map((id) => caseOf(id, passes))
    expect(selectCases(cases, ['B1']).map(({ id }) => id)).toEqual(['B1-K1', 'B1-K2', 'B1'])
    expect(selectCases(cases, ['B1-K2']).map(({ id }) => id)).toEqual(['B1-K2'])
    expect(() => selectCases(cases, ['B2'])).toThrow('only names no case: B2')
  })

  it.each([
    [{ concurrency: 0 }, 'concurrency must be'],
    [{ timeoutMs: 1.5 }, 'timeoutMs must be'],
  ])('%j', async (options, message) => {
    await expect(run([caseOf('A', passes)], options)).rejects.toThrow(message)
  })
})

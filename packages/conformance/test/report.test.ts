import { describe, expect, it } from 'vitest'
import { expectRefused } from '../src/checks.ts'
import { excerpt, redact } from '../src/report/redact.ts'
import { jsonReport } from '../src/report/json.ts'
import { junitReport } from '../src/report/junit.ts'
import { type CaseResult, type Report, reportOf } from '../src/report/report.ts'
import { textReport } from '../src/report/text.ts'
import { parseKnownDifferences } from '../src/known-differences.ts'
import { runCases } from '../src/run.ts'
import { caseOf, json, someUsers, stub } from './helpers.ts'

function resultOf(id: string, more: Partial<CaseResult>): CaseResult {
  return {
    id,
    title: `Title of ${id}`,
    severity: 'must',
    source: 'https://spec.example/#x',
    operations: ['V2'],
    status: 'passed',
    milliseconds: 12,
    ...more,
  }
}

const exchange = { request: 'GET /x', status: 500, body: '{"a":"<&>\u0007\u001b[31m\ud800"}' }

const REPORT: Report = reportOf(7, [
  resultOf('P', {}),
  resultOf('F', { status: 'failed', detail: 'expected "1" & got <2>', exchange }),
  resultOf('K', { status: 'failed', detail: 'x', knownDifference: 'on purpose', severity: 'ours' }),
  resultOf('U', { knownDifference: 'was broken', severity: 'should' }),
  resultOf('N', { status: 'not_applicable', detail: 'no endpoint' }),
  resultOf('E', { status: 'error', detail: 'No answer', leftBehind: ['3'] }),
])

describe('as text', () => {
  it('lists what did not pass and counts the rest', () => {
    expect(textReport(REPORT)).toBe(
      [
        'FAIL  F  [must] Title of F',
        '      expected "1" & got <2>',
        '      GET /x → 500 {"a":"<&>\\x07\\x1b[31m\ud800"}',
        '      https://spec.example/#x',
        'known K  [ours] Title of K',
        '      x',
        '      known difference: on purpose',
        '      https://spec.example/#x',
        'PASS  U  [should] Title of U',
        '      known difference: was broken',
        '      it passes now: take it out of the known differences',
        'n/a   N  [must] Title of N',
        '      no endpoint',
        'ERROR E  [must] Title of E',
        '      No answer',
        '      left behind: version 3',
        '      https://spec.example/#x',
        'must    1 passed, 1 failed, 1 not applicable, 1 without a verdict',
        'should  1 passed, 0 failed, 0 not applicable, 0 without a verdict',
        'ours    0 passed, 1 failed, 0 not applicable, 0 without a verdict',
        'seed 7: unexpected',
        '',
      ].join('\n'),
    )
  })
})

describe('as JSON', () => {
  it('is the report', () => {
    expect(JSON.parse(jsonReport(REPORT))).toEqual(JSON.parse(JSON.stringify(REPORT)))
  })
})

describe('as JUnit', () => {
  const xml = junitReport(REPORT)

  it('counts as the exit code does', () => {
    expect(xml).toContain('tests="6" failures="2" errors="1" skipped="2" time="0.072"')
    expect(xml).toContain('<skipped message="known difference: on purpose"/>')
    expect(xml).toContain('<failure message="known to fail, and passes: was broken"/>')
    expect(xml).toContain('name="P Title of P" time="0.012"></testcase>')
  })

  it('is XML whatever a server sends', () => {
    expect(xml).toContain('expected &quot;1&quot; &amp; got &lt;2&gt;&#10;GET /x → 500&#10;')
    for (const character of ['\u0007', '\u001b', '\ud800']) expect(xml).not.toContain(character)
    expect(xml.match(/<testcase /g)).toHaveLength(6)
  })
})

describe('redaction', () => {
  it('takes out secrets, escaped ones as well, and whatever stands where tokens stand', () => {
    const text = redact('a se/cret-1 b se%2Fcret-1 c', ['se/cret-1', 'b'])
    expect(text).toBe('a [redacted] b [redacted] c')
    expect(redact('Authorization: Bearer abc.def', [])).toBe('Authorization: Bearer [redacted]')
    expect(redact('/x?access_token=abc&y=1', [])).toBe('/x?access_token=[redacted]&y=1')
    expect(redact('{"access_token": "abc"}', [])).toBe('{"access_token": "[redacted]"}')
  })

  it('happens before the cut, and the cut leaves no half of a character', () => {
    expect(excerpt('abcdef', 6)).toBe('abcdef')
    expect(excerpt('abcdefg', 6)).toBe('abcde…')
    expect(excerpt('abcd\u{1F511}fg', 6)).toBe('abcd…')
  })

  it('holds for a whole run against a server that repeats everything', async () => {
    const transport = stub(({ headers, target }) =>
      target.endsWith('/login')
        ? json(200, { access_token: 'secret-of-a-login' })
        : json(404, { errcode: `X ${JSON.stringify(headers)}`, error: 'secret-password-0' }),
    )
    const one = caseOf('A', async ({ nobody, user, withToken }) => {
      await nobody.post('/login', { password: user.password })
      const refused = await withToken('secret-of-a-login').get('/x')
      expectRefused(refused, { statuses: [404], errcodes: ['M_NOT_FOUND'] })
    })
    const report = await runCases({ transport, users: someUsers(1), cases: [one], seed: 1 })
    expect(report.results[0]).toMatchObject({ status: 'failed' })
    for (const written of [textReport(report), jsonReport(report), junitReport(report)]) {
      expect(written).toContain('[redacted]')
      expect(written).not.toMatch(/secret-(?:token|password|of)/)
    }
  })

  it('an answer is cut at 500 characters', async () => {
    const transport = stub(() => json(404, { errcode: 'x'.repeat(5000), error: '' }))
    const one = caseOf('A', async ({ user }) => {
      expectRefused(await user.get('/x'), { statuses: [404], errcodes: [] })
    })
    const { results } = await runCases({ transport, users: someUsers(1), cases: [one], seed: 1 })
    expect(results[0]?.exchange?.body).toHaveLength(500)
    expect(results[0]?.detail?.length).toBeLessThan(400)
  })
})

describe('known differences', () => {
  it('are a list of ids with reasons', () => {
    const text = '[{"id":"B2-K1","reason":"decided so","since":1}]'
    expect(parseKnownDifferences(text)).toEqual([{ id: 'B2-K1', reason: 'decided so' }])
  })

  it.each([
    '',
    '{}',
    '[1]',
    '[{"id":"A"}]',
    '[{"id":"A","reason":" "}]',
    '[{"id":1,"reason":"r"}]',
  ])('anything else is refused: %s', (text) => {
    expect(() => parseKnownDifferences(text)).toThrow(
      expect.objectContaining({ code: 'bad_file', retryable: false }),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { SEVERITIES } from '../src/case.ts'
import { CASES } from '../src/cases/all.ts'
import { EVERY_OPERATION } from '../src/operations.ts'
import { sourceText } from '../src/source.ts'
import { sameJson } from '../src/checks.ts'

/** What the kit covers, by the names that the rules have in the notes on other servers' suites. */
const COVERED = [
  ...Array.from({ length: 18 }, (_, i) => `H${i + 1}`),
  ...['ST1', 'A1', 'A2', 'C1', 'C2', 'C3', 'C4'],
  ...Array.from({ length: 10 }, (_, i) => `Y${i + 1}`),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 18, 19, 20, 21, 22, 23, 24].map(
    (i) => `D${i}`,
  ),
  ...['B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'B7', 'B8', 'B9a', 'B9b', 'B10'].flatMap((rule) =>
    ['K1', 'K2', 'K3'].map((via) => `${rule}-${via}`),
  ),
]

/** Rules that have several cases each. */
const THEMES = [
  ...[1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19, 20].map((i) => `N${i}`),
  ...Array.from({ length: 15 }, (_, i) => `S${i + 1}`),
]

describe('the cases', () => {
  it('have ids of their own', () => {
    expect(new Set(CASES.map(({ id }) => id)).size).toBe(CASES.length)
    for (const { id } of CASES) expect(id).toMatch(/^[A-Z]+\d+[a-z]?(?:-[\w-]+)?$/)
  })

  it('cover every rule', () => {
    const ids = new Set(CASES.map(({ id }) => id))
    expect(COVERED.filter((id) => !ids.has(id))).toEqual([])
    const themes = new Set(CASES.map(({ id }) => id.split('-')[0]))
    expect(THEMES.filter((id) => !themes.has(id))).toEqual([])
    const touched = new Set(CASES.flatMap(({ operations }) => operations))
    expect([...touched].toSorted()).toEqual([...EVERY_OPERATION].toSorted())
  })

  it.each(CASES.map((one) => [one.id, one] as const))('%s says where it comes from', (_, one) => {
    expect(SEVERITIES).toContain(one.severity)
    expect(sourceText(one.source)).toMatch(/https:\/\/|^our decision: \w/)
    expect(one.title.length).toBeGreaterThan(20)
  })

  it('demand nothing in the name of the specification that is a decision of ours', () => {
    const demanded = CASES.filter(({ severity }) => severity === 'must')
    expect(demanded.filter(({ source }) => source.kind === 'decision').map(({ id }) => id)).toEqual(
      [],
    )
  })
})

describe('comparing JSON', () => {
  it('sees own members alone, whatever their names', () => {
    const proto: unknown = JSON.parse('{"__proto__":1}')
    expect(sameJson(proto, JSON.parse('{"__proto__":1}'))).toBe(true)
    expect(sameJson(proto, {})).toBe(false)
    expect(sameJson({}, proto)).toBe(false)
    expect(sameJson({ toString: 1 }, { a: 1 })).toBe(false)
  })

  it('minds the order of lists and not that of members', () => {
    expect(sameJson({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBe(true)
    expect(sameJson([1, 2], [2, 1])).toBe(false)
    expect(sameJson([], {})).toBe(false)
    expect(sameJson(null, undefined)).toBe(false)
    expect(sameJson('1', 1)).toBe(false)
  })
})

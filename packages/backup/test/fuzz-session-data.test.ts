/** `session_data` of a hostile server: decoded or refused with a reason, and never taken for authentic. */
import { expect, test } from 'vitest'
import type { BackupMacCheck } from '../src/algorithm.ts'
import { backupMacKey } from '../src/mac-key.ts'
import { EntryError } from '../src/errors.ts'
import { type OracleEntry, oracleV1, oracleV2 } from './oracle.ts'
import { at } from './vectors.ts'

const INPUTS = 200_000
const SEED = 20_261_120

/** A small seeded generator: drawing 200,000 values from arbitraries would take minutes. */
function generator(): (below: number) => number {
  let state = SEED
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const next = generator()
const pick = <T>(values: readonly T[], fallback: T): T => values[next(values.length)] ?? fallback

const ODD: readonly unknown[] = [null, 0, -0, 1.5, 2 ** 53, '', '%', 'A', 'AAAA', [], {}, true]
const NAMES = [
  '__proto__',
  'constructor',
  'unsigned',
  'signatures',
  'backup_mac',
  'mac',
  'ephemeral',
]

function mutatedText(text: string): string {
  const position = next(text.length)
  const put = pick(['', 'A', '=', '*', '\ud800', text.slice(0, 3)], 'A')
  return text.slice(0, position) + put + text.slice(position + 1)
}

/** A copy of a JSON value in which one place is another; the place is drawn on the way down. */
function mutated(value: unknown): unknown {
  if (typeof value === 'string' && next(4) > 0) return mutatedText(value)
  if (typeof value !== 'object' || value === null || next(6) === 0) return pick(ODD, null)
  const entries: [string, unknown][] = Object.entries(value)
  const position = next(entries.length + 1)
  const entry = entries[position]
  if (entry === undefined) return Object.fromEntries([...entries, [pick(NAMES, 'x'), pick(ODD, 0)]])
  const [name, member] = entry
  const change = next(8)
  if (change === 0) entries.splice(position, 1)
  else entries[position] = change === 1 ? [pick(NAMES, 'x'), member] : [name, mutated(member)]
  return Object.fromEntries(entries)
}

/** What the MAC covers of a value, in one order of its members. */
function coveredText(value: unknown): string {
  return JSON.stringify(value, (name, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member
    const covered = Object.entries(member).filter(
      ([key]) => name !== '' || (key !== 'unsigned' && key !== 'signatures'),
    )
    return Object.fromEntries(covered.toSorted(([a], [b]) => (a < b ? -1 : 1)))
  })
}

/** What becomes of a value, and whether that is right. */
function fateOf({ vector, algorithm }: OracleEntry, value: unknown, check: BackupMacCheck): string {
  try {
    const parsed = algorithm.parseSessionData(value, check)
    const isUnchanged = coveredText(value) === coveredText(vector.session_data)
    return parsed.backupMac === 'valid' && isUnchanged ? 'unchanged' : 'forged'
  } catch (error) {
    if (error instanceof EntryError) return error.reason
    throw error
  }
}

test.each([
  ['v2', at(oracleV2, 3)],
  ['v1 where the MAC is required', at(oracleV1, 3)],
])(`${INPUTS} changes of session_data: %s`, (_, one) => {
  const check = { macKey: backupMacKey(one.key), macPolicy: 'backup_mac_required' } as const
  const fates = new Map<string, number>()
  for (let input = 0; input < INPUTS; input++) {
    let value = mutated(one.vector.session_data)
    while (next(3) === 0) value = mutated(value)
    const fate = fateOf(one, value, check)
    fates.set(fate, (fates.get(fate) ?? 0) + 1)
  }
  expect([...fates.keys()].toSorted()).toEqual([
    'backup_mac_mismatch',
    'backup_mac_missing',
    'malformed_session_data',
    'unchanged',
  ])
})

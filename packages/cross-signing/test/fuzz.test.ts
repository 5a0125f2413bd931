/** Answers of a hostile server: a report, whatever comes, and nothing trusted that was not signed. */
import type { JsonObject, KeysQueryResponse } from '@roomkeys/types'
import { expect, test } from 'vitest'
import { CrossSigningError } from '../src/errors.ts'
import { inspectUser } from '../src/report.ts'
import { decodeSeed } from '../src/signing-key.ts'
import { trustedKeys } from '../src/trust.ts'
import {
  account,
  answerOf,
  caller,
  DEVICE,
  DEVICE_KEY,
  MASTER,
  published,
  USER,
} from './vectors.ts'

const INPUTS = 200_000
const SEED = 20_261_120

/** A small seeded generator: drawing 200,000 answers from arbitraries would take minutes. */
function generator(): (below: number) => number {
  let state = SEED
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const next = generator()
const pick = <T>(values: readonly T[], fallback: T): T => values[next(values.length)] ?? fallback

const ODD: readonly unknown[] = [
  null,
  0,
  -0,
  1.5,
  '',
  '%',
  'A',
  'master',
  USER,
  DEVICE,
  MASTER,
  DEVICE_KEY,
  [],
  ['master'],
  ['self_signing'],
  {},
  { [`ed25519:${MASTER}`]: MASTER },
  { [USER]: { [`ed25519:${DEVICE}`]: 'AAAA' } },
  '\ud800',
  true,
]
const NAMES = ['__proto__', 'constructor', 'user_id', 'usage', 'keys', 'signatures', USER, DEVICE]

/** A copy of a JSON value in which one place is another; the place is drawn on the way down. */
function mutated(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || next(6) === 0) return pick(ODD, null)
  const entries: [string, unknown][] = Object.entries(value)
  const at = next(entries.length + 1)
  const entry = entries[at]
  if (entry === undefined) return Object.fromEntries([...entries, [pick(NAMES, 'x'), pick(ODD, 0)]])
  const [name, member] = entry
  const change = next(8)
  if (change === 0) entries.splice(at, 1)
  else entries[at] = change === 1 ? [pick(NAMES, 'x'), member] : [name, mutated(member)]
  return Object.fromEntries(entries)
}

/** Signatures that no check gets as far as the curve for: the facts around them are what is fuzzed. */
function withoutCurve(object: JsonObject): JsonObject {
  return { ...object, signatures: { [USER]: { [`ed25519:${DEVICE}`]: 'AAAA' } } }
}

function reportOf(answer: unknown): ReturnType<typeof inspectUser> {
  // What was mutated has no shape left that a type could promise.
  return inspectUser(answer as KeysQueryResponse, USER, caller)
}

const STATES = ['missing', 'invalid', 'valid', 'unverifiable', null, undefined]

test('any mutation gives a report, and nothing unsigned is trusted but the known master key', () => {
  const cheap = answerOf({
    device: withoutCurve(published.device),
    master: withoutCurve(published.master),
    selfSigning: withoutCurve(published.selfSigning),
    userSigning: withoutCurve(published.userSigning),
  })
  const seen = new Set<string>()
  for (let input = 0; input < INPUTS; input++) {
    const twice = next(2) === 0 ? mutated(mutated(cheap)) : mutated(cheap)
    const report = reportOf(twice)
    const { master, selfSigning } = report.identity
    if (!STATES.includes(selfSigning?.masterSignature)) throw new Error('An unknown state')
    if (report.devices.length > 2) throw new Error('More devices than there were')
    const trusted = trustedKeys(report)
    if (trusted.devices.size > 0) throw new Error('An unsigned device is trusted')
    if (trusted.masterKey !== null && trusted.masterKey !== MASTER) throw new Error('Another key')
    seen.add(`${String(master?.publicKey === MASTER)} ${String(trusted.masterKey !== null)}`)
  }
  expect([...seen].toSorted()).toEqual(['false false', 'true false', 'true true'])
})

test('a mutation of what is signed never gives another key', () => {
  const answer = answerOf(published)
  const seen = new Set<string>()
  for (let input = 0; input < 1_500; input++) {
    const trusted = trustedKeys(reportOf(mutated(answer)))
    for (const [id, key] of trusted.devices) seen.add(`${id} ${key}`)
    if (trusted.masterKey !== null) seen.add(trusted.masterKey)
  }
  expect([...seen].toSorted()).toEqual([`${DEVICE} ${DEVICE_KEY}`, MASTER].toSorted())
})

test('seeds: 32 bytes, or a typed error that quotes nothing', () => {
  const secret = account.cross_signing_private.master
  const characters = Array.from('AZaz09+/= -_%\0ü☃')
  const lengths = new Set<number>()
  for (let input = 0; input < INPUTS; input++) {
    const text = Array.from(secret)
    for (let changes = next(3); changes >= 0; changes--)
      text.splice(next(text.length + 1), next(3), pick(characters, 'A'))
    try {
      lengths.add(decodeSeed(text.join('')).expose().length)
    } catch (error) {
      if (!(error instanceof CrossSigningError)) throw error
      if (error.message.includes(secret.slice(0, 6)))
        throw new Error('A seed was quoted', { cause: error })
      lengths.add(-1)
    }
  }
  expect([...lengths].toSorted((a, b) => a - b)).toEqual([-1, 32])
})

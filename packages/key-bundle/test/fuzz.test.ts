/** Whatever stands in a bundle or in the event about it: an outcome, or a typed error. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KeyBundleError, parseRoomKeyBundleContent, readRoomKeyBundle } from '../src/index.ts'
import { ALICE, keyText, makeEntry, ROOM } from './session.ts'

const RUNS = 100_000
const SEED = 20_261_120

const entry = { ...makeEntry({ seed: 3 }), code: 'm.history_not_shared' }
const names = fc.constantFrom(...Object.keys(entry), 'room_keys', 'withheld', '__proto__', 'file')
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.base64String({ maxLength: 64 }),
  fc.constantFrom(ROOM, keyText(3), keyText(4), 'm.megolm.v1.aes-sha2'),
)
const anything = fc.oneof(
  texts,
  fc.jsonValue({ maxDepth: 2 }),
  fc.dictionary(fc.oneof(names, texts), fc.oneof(texts, fc.jsonValue({ maxDepth: 1 }))),
)

/** An entry with a few fields changed or dropped. */
const mutated = fc.array(fc.tuple(names, fc.option(anything)), { maxLength: 3 }).map((changes) => {
  const changed: Record<string, unknown> = { ...entry }
  for (const [name, value] of changes)
    if (value === null) Reflect.deleteProperty(changed, name)
    else Object.defineProperty(changed, name, { value, enumerable: true, configurable: true })
  return changed
})

const entries = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.oneof(mutated, anything), { maxLength: 3 }) },
  { weight: 1, arbitrary: anything },
)

const options = { roomId: ROOM, sharedBy: ALICE }

function outcomesOf(value: unknown): readonly string[] {
  try {
    const { keys, withheld } = readRoomKeyBundle(value, options)
    return [...keys, ...withheld].map((entry) =>
      entry.status === 'failed' ? entry.reason : entry.status,
    )
  } catch (error) {
    return [error instanceof KeyBundleError && error.message.length < 1000 ? error.code : 'other']
  }
}

test('bundles', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(fc.record({ room_keys: entries, withheld: entries }), (bundle) => {
      for (const outcome of outcomesOf(bundle)) seen.add(outcome)
    }),
    { seed: SEED, numRuns: RUNS },
  )
  expect([...seen].toSorted()).toEqual([
    'malformed_bundle',
    'malformed_entry',
    'malformed_session_key',
    'opened',
    'session_id_mismatch',
    'unsupported_session',
    'withheld',
    'wrong_room',
  ])
})

test('anything for a bundle', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(anything, (value) => {
      for (const outcome of outcomesOf(value)) seen.add(outcome)
    }),
    { seed: SEED, numRuns: RUNS },
  )
  seen.delete('malformed_entry')
  expect([...seen]).toEqual(['malformed_bundle'])
})

test('anything for the content of the event', () => {
  const contents = fc.oneof(anything, fc.record({ room_id: texts, file: anything }))
  const refused = (value: unknown): string => {
    try {
      parseRoomKeyBundleContent(value)
      return 'taken'
    } catch (error) {
      return error instanceof KeyBundleError ? error.code : 'other'
    }
  }
  const seen = new Set<string>()
  fc.assert(
    fc.property(contents, (value) => {
      seen.add(refused(value))
    }),
    { seed: SEED, numRuns: RUNS },
  )
  expect([...seen]).toEqual(['malformed_content'])
})

/** Whatever stands where a description is expected: the same object, or a typed error. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AttachmentError, findEncryptedFiles, parseEncryptedFile } from '../src/index.ts'
import { attachments } from './vectors.ts'

const RUNS = 100_000
const SEED = 20_261_120

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.base64String({ maxLength: 64 }),
  fc.constantFrom('v2', 'v1', 'oct', 'A256CTR', '__proto__', 'A'.repeat(43), 'A'.repeat(22)),
)
const names = fc.constantFrom(
  ...[
    'v',
    'key',
    'iv',
    'hashes',
    'url',
    'sha256',
    'kty',
    'alg',
    'k',
    'key_ops',
    'ext',
    '__proto__',
  ],
)
const anything = fc.oneof(
  texts,
  fc.jsonValue({ maxDepth: 2 }),
  fc.dictionary(fc.oneof(names, texts), fc.oneof(texts, fc.jsonValue({ maxDepth: 1 })), {
    maxKeys: 6,
  }),
)

const valid = fc.constantFrom(...attachments.map(({ file }) => JSON.stringify(file)))

/** A valid description with a few values, keys or characters changed. */
const mutated = fc
  .tuple(valid, fc.array(fc.tuple(fc.nat(), names, anything), { minLength: 1, maxLength: 3 }))
  .map(([json, changes]) => {
    const file = JSON.parse(json) as Record<string, unknown>
    for (const [choice, name, value] of changes) {
      const inner = [file, file['key'], file['hashes']][choice % 3]
      const target = typeof inner === 'object' && inner !== null ? inner : file
      if (choice % 5 === 0) Reflect.deleteProperty(target, name)
      else Object.defineProperty(target, name, { value, enumerable: true, configurable: true })
    }
    return file
  })

const edited = fc
  .tuple(valid, fc.nat(), fc.string({ unit: 'binary', maxLength: 2 }), fc.nat(2))
  .map(([json, place, text, dropped]) => {
    const at = place % json.length
    return json.slice(0, at) + text + json.slice(at + dropped)
  })
  .map((json): unknown => {
    try {
      return JSON.parse(json)
    } catch {
      return json
    }
  })

function outcome(value: unknown): string {
  try {
    return parseEncryptedFile(value) === value ? 'taken' : 'another object'
  } catch (error) {
    return error instanceof AttachmentError && error.message.length < 1000 ? error.code : 'other'
  }
}

const OUTCOMES = [
  'taken',
  'malformed_file',
  'unsupported_version',
  'unsupported_algorithm',
  'malformed_key',
  'malformed_iv',
  'missing_hash',
  'malformed_hash',
]

test.each([
  ['changed descriptions', mutated, OUTCOMES],
  ['edited descriptions', edited, OUTCOMES],
  ['anything', anything, ['malformed_file']],
])('%s', (_, values, possible) => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(values, (value) => {
      seen.add(outcome(value))
    }),
    { seed: SEED, numRuns: RUNS },
  )
  expect([...seen].toSorted()).toEqual(possible.toSorted())
})

test('messages', () => {
  const contents = fc.record({ file: mutated, info: fc.record({ thumbnail_file: anything }) })
  fc.assert(
    fc.property(contents, (content) => {
      expect(findEncryptedFiles(content)).toHaveLength(2)
    }),
    { seed: SEED, numRuns: 5000 },
  )
})

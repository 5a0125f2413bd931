/** Account data and secrets from a hostile server: typed errors and bounded results, whatever comes. */
import { decodeBase64 } from '@roomkeys/crypto/base64'
import { utf8 } from '@roomkeys/crypto/bytes'
import { parseWire } from '@roomkeys/types'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBackupKey } from '../src/backup-key.ts'
import { parseContent } from '../src/account-data.ts'
import { SecretStorageError } from '../src/errors.ts'
import { checkStorageKey } from '../src/key-check.ts'
import {
  defaultKeySchema,
  keyDescriptionSchema,
  passphraseInfoSchema,
  storedSecretSchema,
} from '../src/schemas.ts'
import { decryptSecret } from '../src/secret.ts'
import {
  MAX_SUPERSEDED_BACKUP_KEYS,
  parseSupersededBackupKeys,
} from '../src/superseded-backup-keys.ts'
import { descriptionOf, firstItem, vectors } from './vectors.ts'

const INPUTS = 200_000
const SEED = 20_261_120

const item = firstItem()
const key = decodeBase64(item.key)

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
const CHARACTERS = Array.from('AZaz09+/= -_%"{}[]:,\\\0ü☃')

/** A text with a few characters replaced, removed or doubled. */
function mutatedText(text: string): string {
  const characters = Array.from(text)
  for (let changes = 1 + next(3); changes > 0; changes--) {
    const put = [pick(CHARACTERS, 'A'), '', 'AA'][next(3)] ?? ''
    characters.splice(next(characters.length + 1), next(3), put)
  }
  return characters.join('')
}

const ODD: readonly unknown[] = [undefined, null, 0, -1, 1.5, 1e308, '', 'A', [], {}, [[]], true]

/** An object with one of its fields replaced or its text mutated. */
function mutatedObject(object: object): unknown {
  const name = pick(Object.keys(object), '')
  const value: unknown = Object.getOwnPropertyDescriptor(object, name)?.value
  const kind = next(20)
  if (kind === 0) return pick(ODD, null)
  if (kind < 5) return { ...object, [name]: pick(ODD, null) }
  if (kind < 8) return { ...object, [pick(['__proto__', 'constructor', 'x'], 'x')]: { a: 1 } }
  return { ...object, [name]: typeof value === 'string' ? mutatedText(value) : pick(ODD, null) }
}

/** What a decoder gives, or the code of the typed error; anything else fails the test. */
function outcome<T>(run: () => T): T | SecretStorageError {
  try {
    return run()
  } catch (error) {
    if (error instanceof SecretStorageError) return error
    throw error
  }
}

test('encrypted secrets: the text itself, or a typed error', () => {
  const codes = new Set<string>()
  for (let input = 0; input < INPUTS; input++) {
    const vector = pick(vectors.items, item)
    const given = mutatedObject(vector.encrypted)
    const result = outcome(() => decryptSecret(decodeBase64(vector.key), vector.name, given))
    codes.add(typeof result === 'string' ? 'text' : result.code)
  }
  expect([...codes].toSorted()).toEqual(['mac_mismatch', 'malformed_secret', 'text'])
})

test('key descriptions: a check is match, mismatch or unknown', () => {
  const seen = new Set<string>()
  for (let input = 0; input < INPUTS; input++) {
    const given = mutatedObject(descriptionOf(item))
    const result = outcome(() => parseContent(keyDescriptionSchema, given, 'description'))
    if (result instanceof SecretStorageError) seen.add(result.code)
    else seen.add(checkStorageKey(key, result))
  }
  expect([...seen].toSorted()).toEqual(['malformed_account_data', 'match', 'mismatch', 'unknown'])
})

test('default keys, passphrases and stored secrets: the object as it came, or a typed error', () => {
  const info = { algorithm: 'm.pbkdf2', salt: 'salt', iterations: 1, bits: 256 }
  const stored = { encrypted: { id: item.encrypted }, note: 1 }
  let accepted = 0
  for (let input = 0; input < INPUTS; input++) {
    for (const [schema, valid] of [
      [defaultKeySchema, { key: 'id' }],
      [passphraseInfoSchema, info],
      [storedSecretSchema, stored],
    ] as const) {
      const given = mutatedObject(valid)
      const result = outcome(() => parseContent<unknown>(schema, given, 'content'))
      if (result instanceof SecretStorageError) continue
      accepted += 1
      if (result !== given) throw new Error('What was parsed is another object')
    }
  }
  expect(accepted).toBeGreaterThan(INPUTS / 4)
})

test('backup keys: 32 bytes or a typed error', () => {
  const lengths = new Set<number>()
  for (let input = 0; input < INPUTS; input++) {
    const result = outcome(() => decodeBackupKey(mutatedText(item.secret)))
    lengths.add(result instanceof SecretStorageError ? -1 : result.expose().length)
  }
  expect([...lengths].toSorted((a, b) => a - b)).toEqual([-1, 32])
})

test('lists of superseded backup keys: bounded, or a typed error that quotes nothing', () => {
  const valid = JSON.stringify([
    { version: '1', key: item.secret },
    { version: '2', key: item.secret, note: { deep: [1] } },
  ])
  let accepted = 0
  for (let input = 0; input < INPUTS; input++) {
    const text = mutatedText(valid)
    const result = outcome(() => parseSupersededBackupKeys(text))
    if (result instanceof SecretStorageError) {
      if (result.message.includes(item.secret.slice(0, 8))) throw new Error('A key was quoted')
      continue
    }
    accepted += 1
    if (result.length > MAX_SUPERSEDED_BACKUP_KEYS) throw new Error('The list is too long')
  }
  expect(accepted).toBeGreaterThan(0)
})

test('any JSON at all is refused with a typed error, or read', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), (text) => {
      const value: unknown = JSON.parse(text)
      const list = outcome(() => parseSupersededBackupKeys(text))
      const secret = outcome(() => decryptSecret(key, item.name, value))
      expect(secret).toBeInstanceOf(SecretStorageError)
      expect(list instanceof SecretStorageError || utf8(text).length < 10).toBe(true)
      expect(() => parseWire(defaultKeySchema, { key: text }, 'default key')).not.toThrow()
    }),
    { seed: SEED, numRuns: 2_000 },
  )
})

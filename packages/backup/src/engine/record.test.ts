import { backupVersion } from '@roomkeys/types'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BackupError } from '../errors.ts'
import { type EngineRecord, parseRecord, serialiseRecord } from './record.ts'

const version = backupVersion('7')

const RECORDS: readonly EngineRecord[] = [
  { state: 'enabled', publicKey: 'k', version },
  { state: 'creating', publicKey: 'k', replaces: null },
  { state: 'creating', publicKey: 'k', replaces: version },
  { state: 'disabling', target: null },
  { state: 'disabling', target: version },
]

test.each(RECORDS)('reads what was written: $state', (record) => {
  expect(parseRecord(JSON.parse(JSON.stringify(serialiseRecord(record))))).toEqual(record)
})

test('has no record where there is none', () => {
  expect(parseRecord(null)).toBeNull()
})

test.each([
  {},
  { state: 'enabled' },
  { state: 'enabled', publicKey: 'k' },
  { state: 'enabled', publicKey: 'k', version: null },
  { state: 'creating', publicKey: 'k' },
  { state: 'creating', replaces: null },
  { state: 'disabling' },
  { state: 'disabling', target: 3 },
  'enabled',
  [],
])('refuses a damaged record: %j', (record) => {
  expect(() => parseRecord(record)).toThrow(BackupError)
})

test('ends with a record or a typed error, whatever it reads', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      let error: unknown = null
      try {
        parseRecord(value)
      } catch (caught) {
        error = caught
      }
      expect(
        error === null || (error instanceof BackupError && error.code === 'malformed_journal'),
      ).toBe(true)
    }),
  )
})

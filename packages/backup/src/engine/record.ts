/** The engine's record in the journal: what it goes on with after a restart. It holds no secrets. */
import { type BackupVersion, backupVersion, isJsonObject, type JsonObject } from '@roomkeys/types'
import { BackupError } from '../errors.ts'

/** The name of the record. */
export const RECORD_NAME = 'backup-engine'

/** What was going on. */
export type EngineRecord =
  | { readonly state: 'enabled'; readonly publicKey: string; readonly version: BackupVersion }
  | {
      readonly state: 'creating'
      readonly publicKey: string
      readonly replaces: BackupVersion | null
    }
  | { readonly state: 'disabling'; readonly target: BackupVersion | null }

/** The record as JSON. */
export function serialiseRecord(record: EngineRecord): JsonObject {
  return { ...record }
}

function versionOrNull(value: unknown): BackupVersion | null | undefined {
  if (value === null) return null
  return typeof value === 'string' ? backupVersion(value) : undefined
}

function parsed(record: JsonObject): EngineRecord | undefined {
  const { state, publicKey } = record
  const replaces = versionOrNull(record['replaces'])
  const target = versionOrNull(record['target'])
  const version = versionOrNull(record['version'])
  if (state === 'disabling') return target === undefined ? undefined : { state, target }
  if (typeof publicKey !== 'string') return undefined
  if (state === 'creating')
    return replaces === undefined ? undefined : { state, publicKey, replaces }
  return state === 'enabled' && version ? { state, publicKey, version } : undefined
}

/**
 * Reads the record; `null` when there is none.
 *
 * @throws BackupError `malformed_journal`
 */
export function parseRecord(value: unknown): EngineRecord | null {
  if (value === null) return null
  const record = isJsonObject(value) ? parsed(value) : undefined
  if (record === undefined)
    throw new BackupError('malformed_journal', "The engine's record cannot be read")
  return record
}

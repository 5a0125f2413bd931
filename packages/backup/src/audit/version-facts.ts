/** What the version says of itself, before its entries are read. */
import {
  backupVersion,
  backupVersionInfoSchema,
  isJsonObject,
  type JsonObject,
  wireIntegerSchema,
} from '@roomkeys/types'
import * as v from 'valibot'
import type { BackupAlgorithm } from '../algorithm.ts'
import type { DecryptionKey } from '../decryption-key.ts'
import { BackupError } from '../errors.ts'
import type { VersionCode } from './finding.ts'
import type { AuditOptions } from './options.ts'

/** Facts of a version. */
export interface VersionFacts {
  /** Its name, or `null` when it has none. */
  readonly version: string | null
  /** The number of keys that it announces, or `null` when it announces none. */
  readonly announced: number | null
  readonly codes: readonly VersionCode[]
}

/** Facts of a version, and which key is the backup's. */
export interface ReadFacts {
  /** `null` where no version was given. */
  readonly facts: VersionFacts | null
  /** `null`: none of the keys is. */
  readonly current: DecryptionKey | null
}

/** The shape of the record: what it lacks. */
function shapeCodes(record: JsonObject): readonly VersionCode[] {
  const { algorithm } = record
  if (typeof algorithm !== 'string' || algorithm === '') return ['algorithm_missing']
  return v.is(backupVersionInfoSchema, record) ? [] : ['version_malformed']
}

/** `auth_data` by the algorithm; a version that names none is read as it. */
function authCodes(
  record: JsonObject,
  { algorithm, keys = [] }: AuditOptions,
): { readonly codes: readonly VersionCode[]; readonly current?: DecryptionKey | null } {
  const named = record['algorithm']
  const name = typeof named === 'string' && named !== '' ? named : algorithm.name
  const auth = record['auth_data']
  const auth_data = isJsonObject(auth) ? auth : {}
  try {
    const info = { algorithm: name, auth_data, count: 0, etag: '', version: backupVersion('') }
    const authData = algorithm.parseAuthData(info)
    if (authData === null) return { codes: ['algorithm_differs'] }
    return matched(algorithm, authData, keys)
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'malformed_auth_data') throw error
    return { codes: ['auth_data_malformed'] }
  }
}

function matched(
  algorithm: BackupAlgorithm,
  authData: Parameters<BackupAlgorithm['matchesKey']>[0],
  keys: readonly DecryptionKey[],
): ReturnType<typeof authCodes> {
  const current = keys.find((key) => algorithm.matchesKey(authData, key)) ?? null
  const isMismatch = keys.length > 0 && current === null
  return { codes: isMismatch ? ['key_mismatch'] : [], current }
}

/** Reads the version of an audit. */
export function readFacts(options: AuditOptions): ReadFacts {
  const { version, keys: [first = null] = [] } = options
  if (version === undefined) return { facts: null, current: first }
  const record = isJsonObject(version) ? version : {}
  const { codes, current = first } = authCodes(record, options)
  const { version: name } = record
  const count = v.safeParse(wireIntegerSchema, record['count'])
  const facts = {
    version: typeof name === 'string' ? name : null,
    announced: count.success ? count.output : null,
    codes: [...shapeCodes(record), ...codes],
  }
  return { facts, current }
}

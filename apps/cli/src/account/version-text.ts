/** A version of the backup as `--json` has it, and as a person reads it. */
import type { BackupVersionInfo, JsonObject } from '@roomkeys/types'
import { readVersion } from '@roomkeys/backup'
import { ALGORITHMS } from './algorithms.ts'

/** A version, told. */
export interface ToldVersion {
  readonly version: string
  readonly algorithm: string
  readonly count: number
  readonly etag: string
  /** As the server gave it. */
  readonly auth_data: JsonObject
  /** Whether `auth_data` is what the algorithm asks for. */
  readonly readable: 'yes' | 'malformed_auth_data' | 'unsupported_algorithm'
}

function readability(info: BackupVersionInfo): ToldVersion['readable'] {
  try {
    return readVersion(info, ALGORITHMS) === null ? 'unsupported_algorithm' : 'yes'
  } catch {
    // The only failure there is; `auth_data` is shown as it is.
    return 'malformed_auth_data'
  }
}

/** Tells a version. */
export function toldVersion(info: BackupVersionInfo): ToldVersion {
  const { version, algorithm, count, etag, auth_data } = info
  return { version, algorithm, count, etag, auth_data, readable: readability(info) }
}

/** One line. */
export function versionLine({ version, algorithm, count, readable }: ToldVersion): string {
  const trouble = readable === 'yes' ? '' : `  (${readable})`
  return `${version.padEnd(8)} ${String(count).padStart(8)} keys  ${algorithm}${trouble}`
}

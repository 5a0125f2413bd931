/** The versions that a rotation reads: the current one, and those that it was to take the place of. */
import { type BackupVersion, type BackupVersionInfo, MEGOLM_BACKUP_V1 } from '@roomkeys/types'
import { callOptions } from '../ports/call-options.ts'
import { publicKeyTextOf } from '../curve25519/auth-data.ts'
import type { BackupAlgorithm } from '../algorithm.ts'
import type { DecryptionKey } from '../decryption-key.ts'
import { BackupError } from '../errors.ts'
import { type KnownVersion, readVersion as readKnown } from '../match-key.ts'
import { readVersion } from './calls.ts'
import { markerOf, MAX_SOURCES } from './marker.ts'
import type { RotateOptions } from './options.ts'
import type { SourceState } from './report.ts'

/** A version that can be read. */
export interface ReadableSource extends KnownVersion {
  readonly state: 'readable'
  readonly info: BackupVersionInfo
  readonly publicKey: string
  readonly key: DecryptionKey
}

/** A version that cannot. */
export interface UnreadableSource {
  readonly state: Exclude<SourceState, 'copied' | 'gone'>
  readonly info: BackupVersionInfo
  readonly publicKey: string | null
}

/** A version that is there. */
export type Source = ReadableSource | UnreadableSource

/** The algorithms that are read; never two of one name. */
export function algorithmsOf({ algorithms, target }: RotateOptions): readonly BackupAlgorithm[] {
  const known = algorithms.some(({ name }) => name === target.algorithm.name)
  return known ? algorithms : [...algorithms, target.algorithm]
}

function readAuthData(
  options: RotateOptions,
  info: BackupVersionInfo,
): KnownVersion | Exclude<UnreadableSource['state'], 'no_key'> {
  try {
    return readKnown(info, algorithmsOf(options)) ?? 'unsupported_algorithm'
  } catch (error) {
    if (error instanceof BackupError && error.code === 'malformed_auth_data')
      return 'malformed_auth_data'
    throw error
  }
}

/** A version with its key, if the vault has it. */
export async function openSource(options: RotateOptions, info: BackupVersionInfo): Promise<Source> {
  const known = readAuthData(options, info)
  if (typeof known === 'string') return { state: known, info, publicKey: null }
  const publicKey = publicKeyTextOf(known.authData)
  const key = await options.vault.find(publicKey, callOptions(options))
  if (key === null) return { state: 'no_key', info, publicKey }
  return { state: 'readable', info, publicKey, key, ...known }
}

/** v2 first: what is authenticated is there before what conflicts with it. Then the larger ones. */
function compareSources(a: Source, b: Source): number {
  const rank = ({ info }: Source): number => Number(info.algorithm === MEGOLM_BACKUP_V1)
  return rank(a) - rank(b) || b.info.count - a.info.count
}

/**
 * The current version, the versions that its mark names, those that their marks name, and so on; and
 * versions that are known from elsewhere. What is gone is left out.
 */
export async function findSources(
  options: RotateOptions,
  current: BackupVersionInfo,
  others: readonly BackupVersion[],
): Promise<readonly Source[]> {
  const wanted = new Set<BackupVersion>([current.version, ...others])
  const sources: Source[] = []
  for (const version of wanted) {
    if (sources.length === MAX_SOURCES) break
    const info = version === current.version ? current : await readVersion(options, version)
    if (info === null) continue
    sources.push(await openSource(options, info))
    // The set is iterated while it grows: what is added now comes later.
    for (const name of markerOf(info).from) wanted.add(name)
  }
  return sources.toSorted(compareSources)
}

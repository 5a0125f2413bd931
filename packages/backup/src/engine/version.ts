/** Versions: reading the current one, and making one. */
import type { BackupVersion, JsonObject } from '@roomkeys/types'
import { publicKeyTextOf } from '../curve25519/auth-data.ts'
import type { DecryptionKey } from '../decryption-key.ts'
import { BackupError } from '../errors.ts'
import { type KnownVersion, readVersion } from '../match-key.ts'
import type { Backup, SeenVersion } from './key.ts'
import type { EnginePorts } from './ports.ts'

/** The current version, as far as the algorithms understand it. */
export async function readSeenVersion(
  { api, algorithms }: EnginePorts,
  signal: AbortSignal,
): Promise<SeenVersion> {
  const info = await api.currentVersion({ signal })
  if (info === null) return { kind: 'none' }
  try {
    const known = readVersion(info, algorithms)
    if (known === null) return { kind: 'unsupported_algorithm', info }
    const publicKey = publicKeyTextOf(known.authData)
    return { kind: 'readable', info, publicKey }
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'malformed_auth_data') throw error
    return { kind: 'malformed_auth_data', info }
  }
}

/** The algorithm of a backup that is in use. */
export function algorithmOf({ algorithms }: EnginePorts, { info }: Backup): KnownVersion {
  const known = readVersion(info, algorithms)
  if (known === null) throw new TypeError('A backup in use is of one of the algorithms')
  return known
}

/** Makes a version for a key, signed unless the app said otherwise. */
export async function createVersion(
  { api, algorithms, signAuthData }: EnginePorts,
  { publicKey }: DecryptionKey,
  signal: AbortSignal,
): Promise<BackupVersion> {
  const authData: JsonObject = { public_key: publicKey }
  const auth_data = signAuthData === 'unsigned' ? authData : await signAuthData(authData)
  signal.throwIfAborted()
  return api.createVersion({ algorithm: algorithms[0].name, auth_data }, { signal })
}

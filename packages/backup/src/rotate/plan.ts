/** Planning a rotation: from what, to what, with which key. */
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { randomBytes } from '@roomkeys/crypto/bytes'
import type { BackupVersion, BackupVersionInfo } from '@roomkeys/types'
import { type DecryptionKey, generateDecryptionKey } from '../decryption-key.ts'
import { BackupError, type BackupErrorCode } from '../errors.ts'
import { currentVersion } from './calls.ts'
import { type Preparing, writeIntent } from './intent.ts'
import type { RotateOptions } from './options.ts'
import { findSources, type ReadableSource, type Source } from './sources.ts'

const ID_LENGTH = 16

/** A plan with the key that it names, which may not be kept yet. */
export interface Plan {
  readonly intent: Preparing
  readonly key: DecryptionKey
}

/** What is known before planning. */
export interface Known {
  /** Versions that an earlier plan named. */
  readonly others: readonly BackupVersion[]
  /** An earlier plan that made no version, with its key. */
  readonly earlier: Plan | null
}

const WHY: Readonly<Record<Exclude<Source['state'], 'readable'>, BackupErrorCode>> = {
  no_key: 'wrong_key',
  unsupported_algorithm: 'unsupported_algorithm',
  malformed_auth_data: 'malformed_auth_data',
}

function isReadable(source: Source): source is ReadableSource {
  return source.state === 'readable'
}

/** The source whose key goes on: the current version, if it can be read. */
function leading(sources: readonly Source[], current: BackupVersionInfo): ReadableSource {
  const own = sources.find(({ info }) => info.version === current.version)
  if (own !== undefined && isReadable(own)) return own
  const other = sources.find(isReadable)
  if (other !== undefined) return other
  const code = own === undefined ? 'no_backup' : WHY[own.state]
  throw new BackupError(code, 'The current backup version cannot be read')
}

/** The current version, which there must be. */
export async function requireVersion(options: RotateOptions): Promise<BackupVersionInfo> {
  const current = await currentVersion(options)
  if (current === null) throw new BackupError('no_backup', 'There is no backup to rotate')
  return current
}

/**
 * Plans a rotation from the version that is current, and writes the intent. Nothing else was done.
 *
 * @throws BackupError `wrong_key`, `unsupported_algorithm` or `malformed_auth_data` when neither the
 * current version nor one that it comes from can be read
 */
export async function plan(
  options: RotateOptions,
  current: BackupVersionInfo,
  { others, earlier }: Known,
): Promise<Plan> {
  const { target, random = randomBytes } = options
  const sources = await findSources(options, current, others)
  const lead = leading(sources, current)
  const fresh = (): DecryptionKey => earlier?.key ?? generateDecryptionKey(random)
  const key = target.key === 'same' ? lead.key : fresh()
  const intent: Preparing = {
    stage: 'preparing',
    id: earlier?.intent.id ?? encodeBase64(random(ID_LENGTH)),
    algorithm: target.algorithm.name,
    publicKey: key.publicKey,
    sources: sources.map(({ info, publicKey }) => ({ version: info.version, publicKey })),
    seen: current.version,
  }
  return { intent: await writeIntent(options, intent), key }
}

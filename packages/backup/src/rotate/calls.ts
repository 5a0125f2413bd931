/** Calls to the server that are repeated while there is hope. */
import type { BackupVersion, BackupVersionInfo } from '@roomkeys/types'
import { callOptions } from '../ports/call-options.ts'
import { BackupError } from '../errors.ts'
import { ApiError } from '../ports/api-error.ts'
import { delayAfter } from '../upload/back-off.ts'
import type { RotationPorts } from './options.ts'

/** Failures in a row after which a rotation gives up; it can be resumed. */
export const MAX_ATTEMPTS = 10
/** As the server asks; else up to half of the wait is random, so that clients do not come back at once. */
function delayOf({ jitter = () => 0 }: RotationPorts, error: ApiError, attempt: number): number {
  const delay = delayAfter(error, attempt)
  return error.retryAfterMs === null ? delay * (1 - jitter() / 2) : delay
}

/**
 * Waits after a failed call.
 *
 * @param attempt - failures before this one, without success between them
 * @throws the error itself when there is no hope
 */
export async function backOff(
  ports: RotationPorts,
  error: unknown,
  attempt: number,
): Promise<void> {
  if (!(error instanceof ApiError) || !error.retryable || attempt + 1 >= MAX_ATTEMPTS) throw error
  await ports.clock.sleep(delayOf(ports, error, attempt), ports.signal)
}

/** Repeats a call that may be repeated. */
export async function persistently<T>(ports: RotationPorts, call: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      ports.signal?.throwIfAborted()
      return await call()
    } catch (error) {
      await backOff(ports, error, attempt)
    }
  }
}

/** The current version. */
export async function currentVersion(ports: RotationPorts): Promise<BackupVersionInfo | null> {
  return persistently(ports, () => ports.api.currentVersion(callOptions(ports)))
}

/** A version, current or not. */
export async function readVersion(
  ports: RotationPorts,
  version: BackupVersion,
): Promise<BackupVersionInfo | null> {
  return persistently(ports, () => ports.api.readVersion(version, callOptions(ports)))
}

/** Another version took the place of ours. */
export function versionChanged(options?: ErrorOptions): BackupError {
  const message = 'The current backup version is not the one that was made by this rotation'
  return new BackupError('version_changed', message, options)
}

/**
 * The version, which must be the current one.
 *
 * @throws BackupError `version_changed`
 */
export async function requireCurrent(
  ports: RotationPorts,
  version: BackupVersion,
): Promise<BackupVersionInfo> {
  const info = await currentVersion(ports)
  if (info?.version !== version) throw versionChanged()
  return info
}

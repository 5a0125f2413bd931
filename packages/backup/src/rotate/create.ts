/** Making the new version. The key is kept before anything can be encrypted to it. */
import {
  type BackupVersion,
  backupVersion,
  type BackupVersionInfo,
  type JsonObject,
} from '@roomkeys/types'
import { callOptions } from '../ports/call-options.ts'
import { BackupError } from '../errors.ts'
import { backOff, currentVersion, readVersion } from './calls.ts'
import { type Made, NOT_BEGUN, type Preparing, writeIntent } from './intent.ts'
import { asFilling, markerOf, unmarked } from './marker.ts'
import type { RotateOptions } from './options.ts'
import type { Plan } from './plan.ts'

/**
 * With the same key, what belongs to it stays in `auth_data`: the salt of a passphrase, say. With a
 * new key it would be wrong.
 */
async function membersOf(options: RotateOptions, intent: Preparing): Promise<JsonObject> {
  const same = intent.sources.find(({ publicKey }) => publicKey === intent.publicKey)
  const info = same === undefined ? null : await readVersion(options, same.version)
  return { ...unmarked(info?.auth_data ?? {}), public_key: intent.publicKey }
}

async function signed(options: RotateOptions, intent: Preparing): Promise<JsonObject> {
  const from = intent.sources.map(({ version }) => version)
  const authData = asFilling(await membersOf(options, intent), { id: intent.id, from })
  const result = await options.sign(authData)
  options.signal?.throwIfAborted()
  return result
}

/** Whether the version is the one that this intent announced. */
export function isOurs({ id, publicKey }: Preparing, info: BackupVersionInfo): boolean {
  return markerOf(info).id === id && info.auth_data['public_key'] === publicKey
}

/** What became of an attempt. `overtaken`: another version is current now, so the plan is old. */
export type Creation =
  | { readonly kind: 'made'; readonly intent: Made }
  | { readonly kind: 'overtaken'; readonly current: BackupVersionInfo }

/**
 * The version if it is there. A lost answer, or a crash, may have left it behind; it is recognised by
 * its mark and its key.
 */
async function look(
  options: RotateOptions,
  intent: Preparing,
): Promise<Creation | 'nothing_there' | BackupVersion> {
  const current = await currentVersion(options)
  if (current === null) throw new BackupError('no_backup', 'The backup was deleted meanwhile')
  if (isOurs(intent, current)) return current.version
  return current.version === intent.seen ? 'nothing_there' : { kind: 'overtaken', current }
}

async function post(options: RotateOptions, intent: Preparing): Promise<Creation | BackupVersion> {
  for (let attempt = 0; ; attempt++) {
    const found = await look(options, intent)
    if (found !== 'nothing_there') return found
    const auth_data = await signed(options, intent)
    try {
      const request = { algorithm: intent.algorithm, auth_data }
      return backupVersion(await options.api.createVersion(request, callOptions(options)))
    } catch (error) {
      await backOff(options, error, attempt)
    }
  }
}

/** Keeps the key and makes the version, unless either was done already. */
export async function create(options: RotateOptions, { intent, key }: Plan): Promise<Creation> {
  await options.vault.keep(key, callOptions(options))
  const result = await post(options, intent)
  if (typeof result === 'object') return result
  // Again: the end of another device's rotation may have forgotten a key that had no version yet.
  await options.vault.keep(key, callOptions(options))
  const { id, algorithm, publicKey, sources } = intent
  const copy = NOT_BEGUN
  const made: Made = { stage: 'copying', id, algorithm, publicKey, sources, version: result, copy }
  return { kind: 'made', intent: await writeIntent(options, made) }
}

/** Uploading sealed keys: what the server refuses as a whole is halved until the culprits are alone. */
import { callOptions } from '../ports/call-options.ts'
import { addressKey } from '../merge/address-key.ts'
import { ApiError } from '../ports/api-error.ts'
import type { UploadEntry } from '../ports/room-keys-api.ts'
import { type OpenBackup } from './live-backup.ts'
import type { PushRefusal } from './sync-events.ts'

/** Keys that are refused alone, and none taken: then it is not the keys. */
export const MAX_REFUSALS = 16

/** Refusals by address. What is not among them, the server answered for. */
export type Refusals = ReadonlyMap<string, PushRefusal>

interface Upload {
  readonly backup: OpenBackup
  readonly signal: AbortSignal | undefined
  readonly refusals: Map<string, PushRefusal>
  taken: number
}

function refusalOf(error: unknown): PushRefusal {
  if (error instanceof ApiError)
    if (error.code === 'rejected' || error.code === 'too_large') return error.code
  throw error
}

async function upload(entries: readonly UploadEntry[], run: Upload): Promise<void> {
  const { api, version } = run.backup
  try {
    await api.uploadKeys(version.version, entries, callOptions(run))
    run.taken += entries.length
  } catch (error) {
    const refusal = refusalOf(error)
    await divide(entries, refusal, run)
    if (run.taken === 0 && run.refusals.size >= MAX_REFUSALS) throw error
  }
}

async function divide(
  entries: readonly UploadEntry[],
  refusal: PushRefusal,
  run: Upload,
): Promise<void> {
  const [first] = entries
  if (first === undefined) return
  if (entries.length === 1) {
    run.refusals.set(addressKey(first), refusal)
    return
  }
  const middle = Math.ceil(entries.length / 2)
  await upload(entries.slice(0, middle), run)
  await upload(entries.slice(middle), run)
}

/**
 * Uploads keys. One that the server refuses alone costs no other.
 *
 * @throws ApiError for any other failure, and when every key of many is refused
 */
export async function uploadKeys(
  backup: OpenBackup,
  entries: readonly UploadEntry[],
  signal: AbortSignal | undefined,
): Promise<Refusals> {
  const run: Upload = { backup, signal, refusals: new Map(), taken: 0 }
  if (entries.length > 0) await upload(entries, run)
  return run.refusals
}

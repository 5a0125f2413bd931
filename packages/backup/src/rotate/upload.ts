/** Uploading to the new version: in requests that adapt, and down to the key that is refused. */
import { callOptions } from '../ports/call-options.ts'
import type { UploadEntry } from '../ports/room-keys-api.ts'
import { ApiError } from '../ports/api-error.ts'
import { addressKey } from '../merge/address-key.ts'
import { backOff, requireCurrent } from './calls.ts'
import type { RotateOptions } from './options.ts'
import type { NotCarriedReason } from './report.ts'
import type { Run } from './run.ts'

/** Keys in the largest request. */
export const MAX_BATCH_KEYS = 100
/** How many more keys are in a request after one that went well. */
const GROWTH = 10
/** Keys refused in a row, and none taken: then it is not the keys. */
export const MAX_REFUSED_IN_A_ROW = 16

/** Keys in the largest request of a rotation. */
export function batchSizeOf({ batchSize = MAX_BATCH_KEYS }: RotateOptions): number {
  return Math.min(MAX_BATCH_KEYS, Math.max(1, Math.floor(batchSize)))
}

/** What became of an upload. */
export interface Uploaded {
  /** Keys that the server refuses, by address. */
  readonly refused: ReadonlyMap<string, NotCarriedReason>
  /** Keys in the version after the last request, or `null` when none was taken. */
  readonly count: number | null
}

/** Uploads keys; remembers what sizes went well. */
export type Upload = (entries: readonly UploadEntry[]) => Promise<Uploaded>

type Group = readonly UploadEntry[]

function halves(group: Group): readonly Group[] {
  const middle = Math.ceil(group.length / 2)
  return [group.slice(0, middle), group.slice(middle)]
}

function isRefusal(error: unknown): error is ApiError & { code: 'rejected' | 'too_large' } {
  return error instanceof ApiError && (error.code === 'rejected' || error.code === 'too_large')
}

function isGone(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    (error.code === 'wrong_version' || error.code === 'version_not_found')
  )
}

/** Sends one request after the other, and learns from each. */
interface Sender {
  /** Cuts the next request off a group. */
  readonly cut: (group: Group) => readonly [Group, ...(readonly Group[])]
  /** Gives the number of keys in the version. */
  readonly send: (group: Group) => Promise<number>
  /** Gives the groups to try next; throws when there is no hope. */
  readonly afterFailure: (error: unknown, group: Group) => Promise<readonly Group[]>
  /** A key was refused alone; throws when it is not the key. */
  readonly onRefused: (error: ApiError) => void
}

function createSender({ options, target }: Run): Sender {
  const largest = batchSizeOf(options)
  let size = largest
  let attempt = 0
  let refusedInARow = 0
  return {
    cut: (group) => {
      const rest = group.slice(size)
      return [group.slice(0, size), ...(rest.length > 0 ? [rest] : [])]
    },
    send: async (group) => {
      options.signal?.throwIfAborted()
      const { count } = await options.api.uploadKeys(target.version, group, callOptions(options))
      size = Math.min(largest, size + GROWTH)
      attempt = 0
      refusedInARow = 0
      return count
    },
    afterFailure: async (error, group) => {
      if (isGone(error)) await requireCurrent(options, target.version)
      if (isRefusal(error) || (error instanceof ApiError && error.code === 'timeout'))
        size = Math.max(1, Math.floor(group.length / 2))
      // A server that says so of the current version is behind itself: later it may know better.
      const retried = isGone(error) ? new ApiError('server_error', 'The version is current') : error
      if (!isRefusal(error)) await backOff(options, retried, attempt++)
      return group.length > 1 && size < group.length ? halves(group) : [group]
    },
    onRefused: (error) => {
      refusedInARow += 1
      if (refusedInARow >= MAX_REFUSED_IN_A_ROW) throw error
    },
  }
}

/** Makes an uploader for a run. */
export function createUpload(run: Run): Upload {
  const sender = createSender(run)
  return async (entries) => {
    const refused = new Map<string, NotCarriedReason>()
    let count: number | null = null
    let groups: readonly Group[] = entries.length === 0 ? [] : [entries]
    for (let group = groups[0]; group !== undefined; group = groups[0]) {
      const [first, ...rest] = sender.cut(group)
      groups = [...rest, ...groups.slice(1)]
      try {
        count = await sender.send(first)
      } catch (error) {
        const [single, ...others] = first
        if (isRefusal(error) && single !== undefined && others.length === 0) {
          sender.onRefused(error)
          refused.set(addressKey(single), error.code)
        } else groups = [...(await sender.afterFailure(error, first)), ...groups]
      }
    }
    return { refused, count }
  }
}

/**
 * A homeserver's `/room_keys` in memory, behind the port, with faults that a plan decides.
 *
 * Versions are readable until deleted and writable while current; deleting the current one makes the
 * one before it current again. Ids are never reused.
 */
import {
  backupVersion,
  type BackupVersionInfo,
  compareKeys,
  type JsonObject,
  type KeyBackupData,
  type KeyMetadata,
  type RoomKeysUpdateResponse,
} from '@roomkeys/types'
import type { BackupEntry } from '../../src/entry.ts'
import {
  ApiError,
  type ApiErrorCode,
  type Clock,
  type RoomKeysApi,
  type UploadEntry,
} from '../../src/ports.ts'

/** Which of two copies a server keeps. */
export type KeepRule = (incoming: KeyMetadata, stored: KeyMetadata) => boolean

/** The specification's rule. */
export const specificationRule: KeepRule = (incoming, stored) => compareKeys(incoming, stored) < 0

/** The rule of some deployed servers: better in any one respect replaces. */
export const anyIsBetterRule: KeepRule = (incoming, stored) =>
  (incoming.is_verified && !stored.is_verified) ||
  incoming.first_message_index < stored.first_message_index ||
  incoming.forwarded_count < stored.forwarded_count

/** A call, as a fault plan sees it. */
export interface Call {
  readonly operation: keyof RoomKeysApi
  /** Calls before this one. */
  readonly position: number
  readonly entries: readonly UploadEntry[]
}

/** What happens to a call. `cut_after`: it takes effect and its answer is lost. */
export type Fault =
  | { readonly kind: 'none' }
  | { readonly kind: 'cut_before' | 'cut_after' }
  | { readonly kind: 'answer'; readonly code: ApiErrorCode; readonly retryAfterMs?: number }
  /** Runs beside the call, before its effect: another device, say. */
  | { readonly kind: 'meanwhile'; readonly act: (server: SimulatedServer) => void }
  /** Takes effect, and its answer comes late. */
  | { readonly kind: 'slow'; readonly latencyMs: number }

/** Decides the fault of each call. */
export type FaultPlan = (call: Call) => Fault

const NO_FAULT: Fault = { kind: 'none' }

/** An upload of the client under test changed what the server holds of a key. */
export interface Replacement {
  readonly version: string
  readonly entry: UploadEntry
  /** What was there before. */
  readonly before: KeyBackupData
}

interface StoredVersion {
  readonly id: string
  readonly algorithm: string
  authData: JsonObject
  etag: number
  deleted: boolean
  readonly keys: Map<string, { readonly entry: UploadEntry; data: KeyBackupData }>
}

/** The server, and what tests look at. */
export interface SimulatedServer {
  readonly api: RoomKeysApi
  /** Every version that was ever made, oldest first. */
  readonly versions: readonly StoredVersion[]
  readonly calls: readonly Call[]
  /** Entries of a version, deleted or not. */
  readonly entriesOf: (version: string) => readonly UploadEntry[]
  /** Acts as another device would, without faults. */
  readonly createVersion: (algorithm: string, authData: JsonObject) => string
  readonly deleteVersion: (version: string) => void
  readonly putKeys: (version: string, entries: readonly UploadEntry[]) => void
  /** Replaces the plan. */
  readonly setFaults: (plan: FaultPlan) => void
}

/** How a simulated server behaves. */
export interface SimulationOptions {
  readonly rule?: KeepRule
  readonly faults?: FaultPlan
  /** Keys in a request; more is `too_large`. */
  readonly maxKeys?: number
  /** Keys that are refused for ever, by session id. */
  readonly refuses?: (entry: UploadEntry) => boolean
  /** Is told when an upload through the port replaces a key. */
  readonly onReplaced?: (replacement: Replacement) => void
  /** Is slept on by slow answers. */
  readonly clock?: Clock
}

const addressOf = ({ roomId, sessionId }: BackupEntry | UploadEntry): string =>
  JSON.stringify([roomId, sessionId])

function copy<T>(value: T): T {
  return structuredClone(value)
}

/** Makes a server without versions. */
export function createSimulatedServer(options: SimulationOptions = {}): SimulatedServer {
  const { rule = specificationRule, maxKeys = Infinity, refuses = () => false } = options
  let plan: FaultPlan = options.faults ?? (() => NO_FAULT)
  const versions: StoredVersion[] = []
  const calls: Call[] = []

  const current = (): StoredVersion | undefined => versions.findLast(({ deleted }) => !deleted)
  const find = (id: string): StoredVersion | undefined =>
    versions.find((version) => version.id === id && !version.deleted)
  const existing = (id: string): StoredVersion => {
    const version = find(id)
    if (version === undefined) throw new ApiError('version_not_found', 'There is no such version')
    return version
  }
  const infoOf = (version: StoredVersion): BackupVersionInfo => ({
    algorithm: version.algorithm,
    auth_data: copy(version.authData),
    count: version.keys.size,
    etag: String(version.etag),
    version: backupVersion(version.id),
  })

  function createVersion(algorithm: string, authData: JsonObject): string {
    const id = String(versions.length + 1)
    const keys: StoredVersion['keys'] = new Map()
    versions.push({ id, algorithm, authData: copy(authData), etag: 0, deleted: false, keys })
    return id
  }

  function deleteVersion(id: string): void {
    const version = versions.find((one) => one.id === id)
    if (version === undefined) throw new ApiError('version_not_found', 'There is no such version')
    version.deleted = true
  }

  function store(
    version: StoredVersion,
    entries: readonly UploadEntry[],
    onReplaced: SimulationOptions['onReplaced'],
  ): void {
    let changed = false
    for (const entry of entries) {
      const held = version.keys.get(addressOf(entry))
      if (held !== undefined && !rule(entry.data, held.data)) continue
      if (held !== undefined) onReplaced?.({ version: version.id, entry, before: copy(held.data) })
      version.keys.set(addressOf(entry), { entry, data: copy(entry.data) })
      changed = true
    }
    if (changed) version.etag += 1
  }

  function upload(id: string, entries: readonly UploadEntry[]): RoomKeysUpdateResponse {
    const version = existing(id)
    if (version !== current())
      throw new ApiError('wrong_version', 'This is not the current version')
    if (entries.length > maxKeys) throw new ApiError('too_large', 'The body is too large')
    if (entries.some(refuses)) throw new ApiError('rejected', 'A key is refused')
    store(version, entries, options.onReplaced)
    return { count: version.keys.size, etag: String(version.etag) }
  }

  function snapshot({ keys }: StoredVersion): readonly BackupEntry[] {
    return [...keys.values()].map(({ entry: { roomId, sessionId }, data }) => ({
      roomId,
      sessionId,
      data: copy(data),
    }))
  }

  /** Runs one call under the plan. */
  async function call<T>(
    operation: Call['operation'],
    effect: () => T,
    {
      entries = [],
      signal,
    }: { entries?: readonly UploadEntry[]; signal?: AbortSignal | undefined },
  ): Promise<T> {
    signal?.throwIfAborted()
    const one: Call = { operation, position: calls.length, entries }
    calls.push(one)
    const fault = plan(one)
    await Promise.resolve()
    signal?.throwIfAborted()
    if (fault.kind === 'cut_before') throw new ApiError('offline', 'The connection was cut')
    if (fault.kind === 'answer')
      throw new ApiError(fault.code, 'The server says so', {
        retryAfterMs: fault.retryAfterMs ?? null,
      })
    if (fault.kind === 'meanwhile') fault.act(server)
    const result = effect()
    if (fault.kind === 'slow') await options.clock?.sleep(fault.latencyMs, signal)
    if (fault.kind === 'cut_after') throw new ApiError('offline', 'The connection was cut')
    return result
  }

  const api: RoomKeysApi = {
    currentVersion: async (options) =>
      call(
        'currentVersion',
        () => {
          const version = current()
          return version === undefined ? null : infoOf(version)
        },
        { signal: options?.signal },
      ),
    readVersion: async (id, options) =>
      call(
        'readVersion',
        () => {
          const version = find(id)
          return version === undefined ? null : infoOf(version)
        },
        { signal: options?.signal },
      ),
    createVersion: async ({ algorithm, auth_data }, options) =>
      call('createVersion', () => backupVersion(createVersion(algorithm, auth_data)), {
        signal: options?.signal,
      }),
    updateVersion: async (id, request, options) =>
      call(
        'updateVersion',
        () => {
          const version = existing(id)
          if (version.algorithm !== request.algorithm)
            throw new ApiError('rejected', 'The algorithm is another')
          version.authData = copy(request.auth_data)
        },
        { signal: options?.signal },
      ),
    deleteVersion: async (id, options) =>
      call(
        'deleteVersion',
        () => {
          deleteVersion(id)
        },
        { signal: options?.signal },
      ),
    uploadKeys: async (id, entries, options) =>
      call('uploadKeys', () => upload(id, entries), { entries, signal: options?.signal }),
    readKeys: async function* (id, options) {
      const entries = await call('readKeys', () => snapshot(existing(id)), {
        signal: options?.signal,
      })
      for (const entry of entries) {
        options?.signal?.throwIfAborted()
        if (options?.roomId === undefined || entry.roomId === options.roomId) yield entry
      }
    },
    readKey: async (id, address, options) =>
      call(
        'readKey',
        (): unknown =>
          copy(find(id)?.keys.get(addressOf({ ...address, data: null }))?.data ?? null),
        { signal: options?.signal },
      ),
  }

  const server: SimulatedServer = {
    api,
    versions,
    calls,
    entriesOf: (id) =>
      [...(versions.find((version) => version.id === id)?.keys.values() ?? [])].map(
        ({ entry, data }) => ({ ...entry, data }),
      ),
    createVersion,
    deleteVersion,
    putKeys: (id, entries) => {
      store(existing(id), entries, undefined)
    },
    setFaults: (next) => {
      plan = next
    },
  }
  return server
}

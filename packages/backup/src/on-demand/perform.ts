/** What takes time: looking into the store, and asking the server. None of it rejects. */
import type { SharedSecrets } from '@roomkeys/crypto/x25519'
import type { MacPolicy } from '../algorithm.ts'
import type { EntryOutcome, OpenedEntry } from '../entry.ts'
import { importKeys } from '../merge.ts'
import { openEntries } from '../open-entries.ts'
import { ApiError } from '../ports/api-error.ts'
import type { RoomKeyStore } from '../ports/room-key-store.ts'
import type { RoomKeysApi, SessionAddress } from '../ports/room-keys-api.ts'
import { provenanceOf, type ProvenanceOptions } from '../provenance.ts'
import { errorOf } from './error-of.ts'
import type { CheckResult, Effect, LookResult, ReadResult, RunFailure } from './events.ts'
import type { BackupSource } from './source.ts'
import { satisfies } from './state.ts'

/** What sessions are fetched with, and merged into. */
export interface FetchPorts extends Pick<ProvenanceOptions, 'backupMacInV1'> {
  readonly api: RoomKeysApi
  readonly store: RoomKeyStore
  /** Which MACs are accepted; the deployed one alone by default. */
  readonly macPolicy?: MacPolicy
  /** Provider of shared secrets; the platform's by default. */
  readonly sharedSecrets?: SharedSecrets
}

type EffectOf<Type extends Effect['type']> = Extract<Effect, { readonly type: Type }>

function failureOf(error: unknown): RunFailure {
  return error instanceof ApiError
    ? { kind: 'api_error', error }
    : { kind: 'crashed', error: errorOf(error) }
}

/** From which index on any copy decrypts; `null` without copies. Which copy is true, messages tell. */
async function firstIndex(store: RoomKeyStore, address: SessionAddress): Promise<number | null> {
  const session = await store.get(address)
  const indexes = session?.copies.flatMap(({ origins }) => origins[0]?.fromIndex ?? []) ?? []
  return indexes.length === 0 ? null : Math.min(...indexes)
}

/** Looks into the store. */
export async function performLook(
  { store }: FetchPorts,
  { address }: EffectOf<'look'>,
): Promise<LookResult> {
  try {
    return { kind: 'seen', from: await firstIndex(store, address) }
  } catch (error) {
    return { kind: 'crashed', error: errorOf(error) }
  }
}

async function open(
  ports: FetchPorts,
  { address, source }: EffectOf<'read'>,
  data: unknown,
): Promise<EntryOutcome> {
  const { roomId, sessionId } = address
  for await (const outcome of openEntries([{ roomId, sessionId, data }], { ...ports, ...source }))
    return outcome
  throw new TypeError('Every entry has an outcome')
}

async function merge(
  { store, backupMacInV1 }: FetchPorts,
  { algorithm, version }: BackupSource,
  entry: OpenedEntry,
): Promise<ReadResult> {
  const policy = { algorithm, ...(backupMacInV1 && { backupMacInV1 }) }
  const key = { ...entry, provenance: provenanceOf(entry, policy) }
  const [imported] = await importKeys(store, [key], { heldBy: version })
  if (imported === undefined) throw new TypeError('Every key has an outcome')
  if (imported.outcome === 'invalid') {
    const { reason, error } = imported
    return { kind: 'undecryptable', reason, error }
  }
  const from = await firstIndex(store, entry)
  const { firstMessageIndex } = entry
  return { kind: 'imported', merged: imported.outcome, firstMessageIndex, from }
}

async function read(
  ports: FetchPorts,
  effect: EffectOf<'read'>,
  signal: AbortSignal,
): Promise<ReadResult> {
  const { address, wanted, source } = effect
  // It may have arrived on another way while it was queued.
  const from = await firstIndex(ports.store, address)
  if (satisfies(from, wanted)) return { kind: 'held', from }
  signal.throwIfAborted()
  const data = await ports.api.readKey(source.version, address, { signal })
  if (data === null) return { kind: 'absent' }
  const outcome = await open(ports, effect, data)
  signal.throwIfAborted()
  if (outcome.status === 'opened') return merge(ports, source, outcome)
  const { reason, error } = outcome
  return { kind: 'undecryptable', reason, error }
}

/** Fetches a session and merges it into the store. */
export async function performRead(
  ports: FetchPorts,
  effect: EffectOf<'read'>,
  signal: AbortSignal,
): Promise<ReadResult> {
  try {
    return await read(ports, effect, signal)
  } catch (error) {
    return failureOf(error)
  }
}

/** Asks whether the version is there. */
export async function performCheck(
  { api }: FetchPorts,
  { version }: EffectOf<'check'>,
  signal: AbortSignal,
): Promise<CheckResult> {
  try {
    const info = await api.readVersion(version, { signal })
    return { kind: info === null ? 'gone' : 'there' }
  } catch (error) {
    return failureOf(error)
  }
}

/** Sources and accounts whose truth the tests know. */
import type { Provenance } from '@roomkeys/megolm'
import { keyBackupDataSchema, parseWire } from '@roomkeys/types'
import {
  diff,
  type Difference,
  type DiffSummary,
  type KeySource,
  type LiveBackup,
  type PushOutcome,
  type SourceItem,
  type SyncEvent,
  type SyncReport,
} from '../../src/diff.ts'
import type { DecryptionKey } from '../../src/decryption-key.ts'
import { EntryError } from '../../src/errors.ts'
import { createMemoryStore } from '../../src/memory.ts'
import type { RoomKeysApi, RoomKeyStore, UploadEntry } from '../../src/ports.ts'
import { megolmBackupV1 } from '../../src/v1.ts'
import { add, addressOf, type CopyOf, recordOf } from '../engine/sessions.ts'
import {
  agree,
  authDataOf,
  type Copy,
  entryOf,
  OURS,
  sharedSecrets,
  THEIRS,
} from '../engine/world.ts'
import {
  createSimulatedServer,
  type SimulatedServer,
  type SimulationOptions,
} from '../simulation/server.ts'

/** A copy of a numbered session, with its origin. */
export interface KeyPlan extends CopyOf {
  readonly number: number
  readonly origin: Exclude<Provenance['kind'], 'key_bundle'>
}

/** What the server has of a numbered session. `theirs`: it is encrypted to another key. */
export interface HeldPlan extends Copy {
  readonly number: number
  readonly kind: 'ours' | 'theirs' | 'garbage'
  /** The index that the metadata claim; the true one when `null`. */
  readonly claimed: number | null
}

/** A copy as an item of a source. */
export function itemOf({ number, origin, ...copy }: KeyPlan): SourceItem {
  const origins = [{ fromIndex: copy.index, provenance: { kind: origin } }]
  return {
    status: 'session',
    ...addressOf(number),
    copies: [{ session: recordOf(number, copy), origins }],
  }
}

/** An item that is no session. */
export function invalidItem(number: number): SourceItem {
  const error = new EntryError('mac_mismatch', 'The entry is encrypted to another key, or damaged')
  return { status: 'invalid', ...addressOf(number), reason: error.reason, error }
}

/** A source of these items. */
export function sourceOf(
  items: readonly SourceItem[],
  origins: KeySource['origins'] = 'fixed',
): KeySource {
  return {
    name: 'list',
    origins,
    sessions: async function* () {
      for (const item of items) yield await Promise.resolve(item)
    },
  }
}

/** What a comparison came to. */
export interface Compared {
  readonly differences: readonly Difference[]
  readonly summary: DiffSummary
}

/** Compares to the end. */
export async function compare(a: KeySource, b: KeySource): Promise<Compared> {
  const differences: Difference[] = []
  for await (const event of diff(a, b)) {
    if (event.type === 'difference') differences.push(event.difference)
    if (event.type === 'finished') return { differences, summary: event.summary }
  }
  throw new TypeError('The comparison did not finish')
}

/** Makes a store with these copies. */
export async function storeOf(plans: readonly KeyPlan[]): Promise<RoomKeyStore> {
  const store = createMemoryStore()
  for (const { number, origin, index, truth } of plans)
    await add(store, number, { index, truth, provenance: { kind: origin } })
  return store
}

/** What the server has, as an upload. */
export async function heldEntry({
  number,
  kind,
  claimed,
  ...copy
}: HeldPlan): Promise<UploadEntry> {
  const { data, ...address } = await entryOf(number, copy)
  const index = claimed ?? data.first_message_index
  // Whatever is encrypted to another key fails at its MAC, as this does.
  const broken = kind === 'theirs' ? { mac: 'AAAAAAAAAAA' } : { ephemeral: 'no key' }
  const session_data = kind === 'ours' ? data.session_data : { ...data.session_data, ...broken }
  const changed = { ...data, first_message_index: index, session_data }
  return { ...address, data: parseWire(keyBackupDataSchema, changed, 'entry') }
}

/** A server with a backup of our key that has these entries. */
export async function serverOf(
  held: readonly HeldPlan[],
  options: SimulationOptions = {},
): Promise<SimulatedServer> {
  const server = createSimulatedServer(options)
  server.createVersion(megolmBackupV1.name, authDataOf(OURS))
  server.putKeys('1', await Promise.all(held.map(heldEntry)))
  return server
}

/** The backup of a server, with our key. */
export function backupOf(api: RoomKeysApi): LiveBackup {
  return { api, key: OURS, algorithms: [megolmBackupV1], agree, sharedSecrets }
}

/** A key that is not the backup's. */
export const WRONG_KEY: DecryptionKey = THEIRS

/** Everything that happens. */
export async function run(events: AsyncIterable<SyncEvent>): Promise<readonly SyncEvent[]> {
  const all: SyncEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

/** The outcomes of keys that were pushed. */
export function pushedOf(events: readonly SyncEvent[]): readonly PushOutcome[] {
  return events.flatMap((event) => (event.type === 'pushed' ? [event.outcome] : []))
}

/** The report of a run. */
export function reportOf(events: readonly SyncEvent[]): SyncReport {
  const last = events.at(-1)
  if (last?.type !== 'finished') throw new TypeError('The run did not finish')
  return last.report
}

/** Devices that rotate one backup, and what can be read of it. */
import type { JsonObject } from '@roomkeys/types'
import type { BackupAlgorithm } from '../../src/algorithm.ts'
import type { DecryptionKey } from '../../src/decryption-key.ts'
import type { OpenedEntry } from '../../src/entry.ts'
import { createMemoryJournal } from '../../src/memory.ts'
import { openEntries } from '../../src/open-entries.ts'
import type { Journal, RoomKeysApi, SecretVault, UploadEntry } from '../../src/ports.ts'
import {
  rotate,
  type RotateEvent,
  type RotateOptions,
  type RotationReport,
} from '../../src/rotate.ts'
import { megolmBackupV1 } from '../../src/v1.ts'
import { megolmBackupV2, megolmBackupV2Unstable } from '../../src/v2.ts'
import { createMemoryVault } from '../../src/vault.ts'
import {
  createSimulatedServer,
  type SimulatedServer,
  type SimulationOptions,
} from '../simulation/server.ts'
import { agree, type EntryOf, entryOf, keyBytes, keyOf, sharedSecrets } from './keys.ts'

export const ALGORITHMS: readonly BackupAlgorithm[] = [
  megolmBackupV1,
  megolmBackupV2,
  megolmBackupV2Unstable,
]

/** What survives crashes: the server, the vault of the user, and the journal of a device. */
export interface World {
  readonly server: SimulatedServer
  readonly vault: SecretVault
  readonly journal: Journal
}

export const signedBy = (authData: JsonObject): JsonObject => ({
  ...authData,
  signatures: { '@u:h': { 'ed25519:D': JSON.stringify(Object.keys(authData)) } },
})

/** A backup of key 1 with these entries. */
export async function createWorld(
  algorithm: BackupAlgorithm,
  entries: readonly Omit<EntryOf, 'algorithm' | 'key'>[],
  simulation: SimulationOptions = {},
): Promise<World> {
  const server = createSimulatedServer(simulation)
  const vault = createMemoryVault()
  await vault.makeCurrent(keyOf(1))
  const version = server.createVersion(algorithm.name, signedBy({ public_key: keyOf(1).publicKey }))
  for (const entry of entries)
    server.putKeys(version, [await entryOf({ ...entry, algorithm, key: 1 })])
  return { server, vault, journal: createMemoryJournal() }
}

/** New decryption keys are numbered from `firstKey` on. */
export function randomFrom(firstKey: number): (length: number) => Uint8Array<ArrayBuffer> {
  let made = 0
  return (length) => {
    made += 1
    return length === 32 ? keyBytes(firstKey + made) : keyBytes(firstKey + made).slice(0, length)
  }
}

/** Options of a device. */
export function optionsOf(
  { server, vault, journal }: World,
  options: Partial<RotateOptions> = {},
): RotateOptions {
  let time = 0
  return {
    api: server.api,
    vault,
    journal,
    clock: {
      now: () => time,
      sleep: async (milliseconds, signal) => {
        await Promise.resolve()
        signal?.throwIfAborted()
        time += milliseconds
      },
    },
    algorithms: ALGORITHMS,
    target: { algorithm: megolmBackupV1, key: 'new' },
    sign: (authData) => Promise.resolve(signedBy(authData)),
    agree,
    sharedSecrets,
    random: randomFrom(10),
    ...options,
  }
}

/** Rotates to the end. */
export async function run(options: RotateOptions): Promise<readonly RotateEvent[]> {
  const events: RotateEvent[] = []
  for await (const event of rotate(options)) events.push(event)
  return events
}

export function reportIn(events: readonly RotateEvent[]): RotationReport {
  const last = events.at(-1)
  if (last?.type !== 'finished') throw new TypeError('The rotation did not finish')
  return last.report
}

const known = new Map<string, OpenedEntry | null>()

/** Opens an entry; once for each ciphertext. */
async function openedOf(
  entry: UploadEntry,
  algorithm: BackupAlgorithm,
  key: DecryptionKey,
): Promise<OpenedEntry | null> {
  const name = JSON.stringify([key.publicKey, algorithm.name, entry])
  if (!known.has(name))
    for await (const outcome of openEntries([entry], { algorithm, key, sharedSecrets }))
      known.set(name, outcome.status === 'opened' ? outcome : null)
  return known.get(name) ?? null
}

/** What the key of a version opens in it. */
export async function openedIn(
  server: SimulatedServer,
  version: string,
  key: DecryptionKey,
): Promise<readonly OpenedEntry[]> {
  const name = server.versions.find(({ id }) => id === version)?.algorithm
  const algorithm = ALGORITHMS.find((one) => one.name === name)
  const opened: OpenedEntry[] = []
  if (algorithm === undefined) return opened
  for (const entry of server.entriesOf(version)) {
    const outcome = await openedOf(entry, algorithm, key)
    if (outcome !== null) opened.push(outcome)
  }
  return opened
}

/** All that can be read of the user's backups by the keys in the vault. */
export async function readable({
  server,
  vault,
}: Omit<World, 'journal'>): Promise<readonly OpenedEntry[]> {
  const opened: OpenedEntry[] = []
  for (const { id, deleted, authData } of server.versions) {
    const key = deleted ? null : await vault.find(String(authData['public_key']))
    if (key !== null) opened.push(...(await openedIn(server, id, key)))
  }
  return opened
}

/** A device that dies at a call. */
export class Crash extends Error {}

/** The ports of a device, with something that runs around every call. */
export function around(
  options: RotateOptions,
  hook: (when: 'before' | 'after', call: string) => Promise<void>,
): RotateOptions {
  async function call<T>(name: string, work: () => Promise<T>): Promise<T> {
    await hook('before', name)
    const result = await work()
    await hook('after', name)
    return result
  }
  const { api, vault, journal } = options
  const wrapped: RoomKeysApi = {
    currentVersion: (o) => call('currentVersion', () => api.currentVersion(o)),
    readVersion: (v, o) => call('readVersion', () => api.readVersion(v, o)),
    createVersion: (r, o) => call('createVersion', () => api.createVersion(r, o)),
    updateVersion: (v, r, o) => call('updateVersion', () => api.updateVersion(v, r, o)),
    deleteVersion: (v, o) => call('deleteVersion', () => api.deleteVersion(v, o)),
    uploadKeys: (v, e, o) => call('uploadKeys', () => api.uploadKeys(v, e, o)),
    readKey: (v, a, o) => call('readKey', () => api.readKey(v, a, o)),
    readKeys: async function* (v, o) {
      await hook('before', 'readKeys')
      let position = 0
      for await (const entry of api.readKeys(v, o)) {
        yield entry
        position += 1
        if (position === 2) await hook('after', 'readKeys')
      }
    },
  }
  return {
    ...options,
    api: wrapped,
    vault: {
      current: (o) => call('vault.current', () => vault.current(o)),
      find: (p, o) => call('vault.find', () => vault.find(p, o)),
      keep: (k, o) => call('vault.keep', () => vault.keep(k, o)),
      makeCurrent: (k, o) => call('vault.makeCurrent', () => vault.makeCurrent(k, o)),
      forget: (p, o) => call('vault.forget', () => vault.forget(p, o)),
    },
    journal: {
      read: (n) => call('journal.read', () => journal.read(n)),
      write: (n, r) => call('journal.write', () => journal.write(n, r)),
      remove: (n) => call('journal.remove', () => journal.remove(n)),
    },
    sign: (authData) => call('sign', () => options.sign(authData)),
  }
}

/** A key fetcher whose server answers when the test says so. Entries are in the clear. */
import { utf8 } from '@roomkeys/crypto/bytes'
import type { SharedSecrets } from '@roomkeys/crypto/x25519'
import { type BackupVersion, backupVersion, isJsonObject } from '@roomkeys/types'
import type { BackupAlgorithm } from '../../src/algorithm.ts'
import { generateDecryptionKey } from '../../src/decryption-key.ts'
import { EntryError } from '../../src/errors.ts'
import { addressKey } from '../../src/merge/address-key.ts'
import { createMemoryStore } from '../../src/memory.ts'
import {
  type BackupSource,
  createKeyFetcher,
  type KeyFetcher,
  type KeyFetcherOptions,
} from '../../src/on-demand.ts'
import type { RoomKeysApi, RoomKeyStore } from '../../src/ports.ts'
import { megolmBackupV1 } from '../../src/v1.ts'
import { type CopyOf, recordOf } from '../engine/sessions.ts'
import { createManualClock, type ManualClock } from './clock.ts'

/** An algorithm that encrypts nothing; `session_data` without `record` cannot be decrypted. */
const inTheClear: BackupAlgorithm = {
  ...megolmBackupV1,
  parseSessionData: (value) => {
    const record = isJsonObject(value) ? value['record'] : undefined
    if (record === undefined) throw new EntryError('mac_mismatch', 'The entry is broken')
    const ciphertext = utf8(JSON.stringify(record))
    return {
      ephemeral: new Uint8Array(32),
      ciphertext,
      mac: new Uint8Array(8),
      backupMac: 'missing',
    }
  },
  decrypt: ({ ciphertext }) => ({ plaintext: ciphertext, mac: 'libolm' }),
}

const noSecrets: SharedSecrets = (_, publicKeys) =>
  Promise.resolve(publicKeys.map(() => new Uint8Array(32)))

const keys = [generateDecryptionKey(), generateDecryptionKey()] as const

/** A version of this number, with the first or the second key. */
export function sourceOf(version: number, key: 0 | 1 = 0): BackupSource {
  return { version: backupVersion(String(version)), key: keys[key], algorithm: inTheClear }
}

/** An entry with a copy of the numbered session. */
export function entryData(number: number, copy: CopyOf): unknown {
  return { session_data: { record: recordOf(number, copy) } }
}

/** An entry that nobody decrypts. */
export const BROKEN_ENTRY: unknown = { session_data: {} }

/** A call that waits for its answer. */
export interface PendingCall {
  readonly operation: 'readKey' | 'readVersion'
  readonly version: BackupVersion
  /** Of the session; empty for a version. */
  readonly key: string
  readonly signal: AbortSignal | undefined
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: Error) => void
}

/** A server that answers when it is told to. */
export interface ManualServer {
  readonly api: RoomKeysApi
  /** Calls without an answer, oldest first. */
  readonly pending: readonly PendingCall[]
  /** Every call that was made. */
  readonly calls: readonly PendingCall[]
}

function unused(): never {
  throw new TypeError('A key fetcher has no need of this')
}

/** When calls end that are aborted: at once, or when they are answered. */
export type Obedience = 'prompt' | 'slow'

/** Makes a server. */
export function createManualServer(obedience: Obedience = 'prompt'): ManualServer {
  const pending: PendingCall[] = []
  const calls: PendingCall[] = []

  function call<T>(one: Pick<PendingCall, 'operation' | 'version' | 'key' | 'signal'>): Promise<T> {
    return new Promise((resolve, reject) => {
      one.signal?.throwIfAborted()
      const end = (): void => {
        const position = pending.indexOf(waiting)
        if (position >= 0) pending.splice(position, 1)
      }
      const waiting: PendingCall = {
        ...one,
        resolve: (answer) => {
          end()
          // Tests answer what the operation gives.
          resolve(answer as T)
        },
        reject: (error) => {
          end()
          reject(error)
        },
      }
      pending.push(waiting)
      calls.push(waiting)
      one.signal?.addEventListener('abort', () => {
        if (obedience === 'prompt') waiting.reject(one.signal?.reason as Error)
      })
    })
  }

  const api: RoomKeysApi = {
    currentVersion: unused,
    createVersion: unused,
    updateVersion: unused,
    deleteVersion: unused,
    uploadKeys: unused,
    readKeys: unused,
    readVersion: (version, options) =>
      call({ operation: 'readVersion', version, key: '', signal: options?.signal }),
    readKey: (version, address, options) =>
      call({
        operation: 'readKey',
        version,
        key: addressKey(address),
        signal: options?.signal,
      }),
  }
  return { api, pending, calls }
}

/** A fetcher with all around it. */
export interface World {
  readonly clock: ManualClock
  readonly server: ManualServer
  readonly store: RoomKeyStore
  readonly fetcher: KeyFetcher
  /** Versions that were told to be gone. */
  readonly gone: readonly BackupVersion[]
}

/** What a test may choose. */
export interface WorldOptions extends Partial<KeyFetcherOptions> {
  readonly obedience?: Obedience
}

/** Makes a fetcher from the first version, with an empty store. */
export function createWorld({ obedience, ...options }: WorldOptions = {}): World {
  const clock = createManualClock()
  const server = createManualServer(obedience)
  const store = createMemoryStore()
  const gone: BackupVersion[] = []
  const fetcher = createKeyFetcher({
    api: server.api,
    store,
    clock,
    jitter: () => 0,
    source: sourceOf(1),
    sharedSecrets: noSecrets,
    onVersionGone: (version) => void gone.push(version),
    ...options,
  })
  return { clock, server, store, fetcher, gone }
}

/** The client: the layers wired together for one account. */
import {
  type BackupAlgorithm,
  type DecryptionKey,
  type MacPolicy,
  openEntries as openHere,
  type OpenEntries,
} from '@roomkeys/backup'
import { megolmBackupV1 } from '@roomkeys/backup/v1'
import type { SharedSecrets } from '@roomkeys/crypto/x25519'
import {
  createHomeserver,
  getCurrentBackupVersion,
  type HomeserverOptions,
} from '@roomkeys/transport'
import type { BackupVersionInfo } from '@roomkeys/types'
import type { CallOptions, ClientContext } from './context.ts'
import { type IdentifiedKey, identifyKey } from './identify-key.ts'
import { restore, type RestoreEvent } from './restore.ts'

/** Options of {@link createClient}. */
export interface ClientOptions extends HomeserverOptions {
  readonly accessToken: string
  /** Backup algorithms that are read; v1 by default. */
  readonly algorithms?: readonly BackupAlgorithm[]
  /** Which MACs are accepted; the deployed one alone by default. */
  readonly macPolicy?: MacPolicy
  /** Provider of X25519; the platform's by default. */
  readonly sharedSecrets?: SharedSecrets
  /** Opens the entries: that of a pool, on all cores. In this thread by default. */
  readonly openEntries?: OpenEntries
}

/** A signed-in account and its backup. */
export interface Client {
  /** The current backup version, or `null` when there is none. */
  readonly currentVersion: (options?: CallOptions) => Promise<BackupVersionInfo | null>
  /** Which key a person pasted: the backup's, secret storage's, or neither. */
  readonly identifyKey: (text: string, options?: CallOptions) => Promise<IdentifiedKey>
  /** Every key of the current backup: an outcome for each entry, and a report at the end. */
  readonly restore: (key: DecryptionKey, options?: CallOptions) => AsyncGenerator<RestoreEvent>
}

function createContext(options: ClientOptions): ClientContext {
  // A homeserver may do without; from JavaScript, a variable that is not set would go unnoticed here.
  if (typeof options.accessToken !== 'string') throw new TypeError('accessToken must be a string')
  const { algorithms = [megolmBackupV1], macPolicy = 'libolm', ...rest } = options
  const { sharedSecrets, openEntries = openHere, ...homeserverOptions } = rest
  if (algorithms.length === 0) throw new TypeError('algorithms must not be empty')
  return {
    homeserver: createHomeserver(homeserverOptions),
    algorithms,
    macPolicy,
    openEntries,
    // A pool works for the platform's provider alone: none is named where none was given.
    ...(sharedSecrets && { sharedSecrets }),
  }
}

/**
 * Makes a client. Sends nothing.
 *
 * @throws TypeError that names the option
 */
export function createClient(options: ClientOptions): Client {
  const context = createContext(options)
  return Object.freeze({
    currentVersion: (call) => getCurrentBackupVersion(context.homeserver, call),
    identifyKey: (text, call) => identifyKey(context, text, call),
    restore: (key, call) => restore(context, key, call),
  } satisfies Client)
}

/** What every part of the client works with. */
import type { BackupAlgorithm, MacPolicy, OpenEntries } from '@roomkeys/backup'
import type { SharedSecrets } from '@roomkeys/crypto/x25519'
import type { Homeserver } from '@roomkeys/transport'

/** A signed-in homeserver, and how its backup is read. */
export interface ClientContext {
  readonly homeserver: Homeserver
  readonly algorithms: readonly BackupAlgorithm[]
  readonly macPolicy: MacPolicy
  /** The platform's when absent. */
  readonly sharedSecrets?: SharedSecrets
  readonly openEntries: OpenEntries
}

/** Options of every call. */
export interface CallOptions {
  readonly signal?: AbortSignal
}

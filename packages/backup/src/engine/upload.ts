/** The upload loop: a union of its own inside `enabled`. */
import type { KeyBackupData } from '@roomkeys/types'
import type { ApiErrorCode } from '../ports/api-error.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'

/** A session, encrypted for the server. Nothing of it is secret. */
export interface SealedKey extends SessionAddress {
  /** The revision of the session that was encrypted. */
  readonly revision: number
  readonly data: KeyBackupData
  /** Of the request, in bytes. */
  readonly size: number
  /** Whether an answer says too little about what the server keeps. */
  readonly afterwards: 'nothing' | 'read_back'
}

/** Why the server does not get a key. */
export type RefusalReason =
  /** The server rejects it, alone in a request. */
  | 'rejected'
  /** Alone in a request it is still too large. */
  | 'too_large'
  /** The session cannot be encrypted: its record is broken. */
  | 'unsealable'
  /** The server holds another ratchet under this session id, and nothing says which is true. */
  | 'conflicting'
  /** The server holds a worse copy whose metadata claim more, and would keep that. */
  | 'shadowed'

/** What becomes of a session in this version. */
export interface Settled extends SessionAddress {
  readonly revision: number
  /** `null`: the server has it, or a better one. */
  readonly refused: RefusalReason | null
}

/** What is left to do of what was read from the store. */
export interface Work {
  /** Requests to come. */
  readonly groups: readonly (readonly SealedKey[])[]
  /** Refused alone, and not believed yet: when no key is taken, it is not the keys. */
  readonly suspects: readonly Settled[]
  /** To be written to the store. */
  readonly settled: readonly Settled[]
}

/** Where the loop is. */
export type Upload =
  /** Nothing was pending when the store was asked last. */
  | { readonly kind: 'idle' }
  /** A random wait before the first batch: all devices learn of a key at the same moment. */
  | { readonly kind: 'jittering' }
  /** The next sessions are read and encrypted. `news`: keys that came since, which it may lack. */
  | { readonly kind: 'reading'; readonly news: 'none' | 'keys' }
  /** What the server holds of the first group is read. */
  | { readonly kind: 'guarding'; readonly work: Work }
  /** The first group is with the server. */
  | { readonly kind: 'uploading'; readonly work: Work }
  /** What is settled is written to the store. */
  | { readonly kind: 'marking'; readonly work: Work }
  | {
      readonly kind: 'backing_off'
      readonly work: Work
      readonly delayMs: number
      readonly because: ApiErrorCode
    }
  /** Nothing runs until the app says `online`. */
  | { readonly kind: 'offline'; readonly work: Work }

/** The next sessions are read. */
export const READING: Upload = { kind: 'reading', news: 'none' }

/** Nothing left to do. */
export const NO_WORK: Work = { groups: [], suspects: [], settled: [] }

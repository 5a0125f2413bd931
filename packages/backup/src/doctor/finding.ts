/** What is found: a code, how bad it is, the facts it rests on, what to do, and a sentence. */
import type { IdProblem } from '@roomkeys/types'
import type { ReadFailure } from './evidence.ts'
import type { Fix } from './fix.ts'
import { textOf } from './texts.ts'

/** `error`: keys cannot be read, or are lost. `warning`: they will be. `info`: worth knowing. */
export type Severity = 'error' | 'warning' | 'info'

/** Names a version and a key of its own. */
interface VersionAndKeys {
  readonly version: string
  readonly count: number
}

/** The signatures that a finding is about. */
export interface SignerFacts {
  readonly version: string
  /** User and key ids; at most {@link MAX_SIGNERS_SHOWN}. */
  readonly signers: readonly { readonly userId: string; readonly keyId: string }[]
  /** How many there are. */
  readonly total: number
}

/** The most signers that a finding names. */
export const MAX_SIGNERS_SHOWN = 20

/** The facts of each finding; the keys are the codes. */
export interface FindingFacts {
  /** A version, or the current one (`null`), cannot be read. */
  readonly version_unreadable: { readonly version: string | null; readonly failure: ReadFailure }
  readonly no_backup: { readonly secretIsStored: boolean }
  /** There is no backup any more, and the client goes on using it. */
  readonly backup_deleted: { readonly version: string }
  /** The server gave a version that no request can name. */
  readonly version_id_unusable: { readonly problem: IdProblem | 'empty' }
  readonly unknown_algorithm: { readonly version: string; readonly algorithm: string }
  readonly public_key_missing: { readonly version: string }
  readonly public_key_malformed: { readonly version: string; readonly byteLength: number | null }

  /** The user's published keys cannot be read, so nothing is known of trust. */
  readonly identity_unreadable: { readonly failure: ReadFailure }
  readonly version_unsigned: { readonly version: string; readonly keyIsHeld: boolean }
  readonly signed_by_unknown_keys: SignerFacts & { readonly keyIsHeld: boolean }
  readonly signers_not_trusted: SignerFacts
  readonly signatures_invalid: SignerFacts & {
    /** Another signature makes it trusted. */
    readonly isTrusted: boolean
    /** It has canonical JSON, without which no signature can be valid. */
    readonly isSignable: boolean
  }
  readonly master_signature_missing: { readonly version: string }

  readonly account_data_unreadable: { readonly type: string; readonly failure: ReadFailure }
  readonly no_default_key: { readonly storedFor: readonly string[] }
  readonly default_key_malformed: { readonly storedFor: readonly string[] }
  /** The default key is one that the account has no description of. */
  readonly default_key_undescribed: { readonly keyId: string }
  readonly key_description_malformed: { readonly keyId: string }
  readonly storage_key_unsupported: { readonly keyId: string }
  readonly storage_key_wrong: { readonly keyId: string }
  /** The given key is another one of the account. */
  readonly storage_key_not_default: { readonly keyId: string; readonly givenKeyId: string }

  readonly backup_secret_missing: { readonly version: string }
  readonly backup_secret_under_other_key: {
    readonly defaultKeyId: string
    readonly storedFor: readonly string[]
  }
  /** `account_data`: it has not the shape of a secret; `content`: what is in it is no key. */
  readonly backup_secret_malformed: { readonly where: 'account_data' | 'content' }
  readonly backup_secret_not_decryptable: {
    readonly keyId: string
    readonly because: 'mac_mismatch' | 'malformed_secret'
  }
  /** The stored key is the one of an older version. */
  readonly backup_secret_stale: { readonly version: string; readonly opens: string }
  /** The stored key is the one of no version that could be read. */
  readonly backup_secret_foreign: {
    readonly version: string
    readonly publicKey: string
    /** Versions that may exist and were not looked at. */
    readonly notSeen: number
  }
  readonly secret_without_backup: { readonly storedFor: readonly string[] }

  readonly preference_malformed: { readonly type: string }
  readonly preference_conflict: { readonly stable: boolean; readonly unstable: boolean }
  readonly preference_off_backup_on: { readonly version: string }
  readonly preference_on_backup_off: { readonly setting: 'stable' | 'unstable' }

  readonly client_version_gone: { readonly version: string; readonly current: string }
  readonly client_version_not_current: {
    readonly version: string
    readonly current: string
    /** Whether it is known to exist. */
    readonly exists: boolean
  }
  /** The client's version was deleted, and an older one is the current one again. */
  readonly version_deleted: { readonly version: string; readonly current: string }
  readonly client_key_missing: { readonly version: string }
  readonly client_key_mismatch: {
    readonly version: string
    readonly publicKey: string
    readonly clientPublicKey: string
    /** The client uses this very version: two keys are in use for it. */
    readonly isSameVersion: boolean
  }
  readonly server_count_lower: {
    readonly version: string
    readonly serverCount: number
    readonly uploaded: number
  }
  readonly changed_since_seen: {
    readonly version: string
    readonly seen: string
    readonly etag: string
  }

  /** Two versions where one was meant. */
  readonly double_creation: VersionAndKeys & { readonly because: 'same_key' | 'empty' }
  readonly older_version_key_held: VersionAndKeys
  readonly older_version_key_lost: VersionAndKeys & { readonly publicKey: string }
  /** The stored keys were not opened, so nobody can say. */
  readonly older_version_key_unknown: VersionAndKeys & { readonly publicKey: string }
  readonly older_version_broken: VersionAndKeys
  readonly superseded_key_unneeded: { readonly version: string }
}

/** What is found. */
export type FindingCode = keyof FindingFacts

/** A finding of one code. */
export interface FindingOf<Code extends FindingCode> {
  readonly code: Code
  readonly severity: Severity
  /** The facts that it rests on; no secret. */
  readonly evidence: FindingFacts[Code]
  /** What is proposed. */
  readonly fix: Fix
  /** A sentence for people. */
  readonly text: string
}

/** A finding; `code` tells which facts it has. */
export type Finding = { readonly [Code in FindingCode]: FindingOf<Code> }[FindingCode]

/** All of a finding but its code and its sentence, which follow. */
export type FindingDraft<Code extends FindingCode> = Omit<FindingOf<Code>, 'code' | 'text'>

/** Makes a finding. */
export function finding<Code extends FindingCode>(
  code: Code,
  draft: FindingDraft<Code>,
): FindingOf<Code> {
  return { code, ...draft, text: textOf(code, draft.evidence) }
}

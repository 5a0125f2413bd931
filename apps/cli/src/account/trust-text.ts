/** Trust in a version, as `status` tells it. */
import type { AuthDataSignature, UploadTrust } from '@roomkeys/backup/trust'
import type { VersionTrust } from './trust.ts'

/** A signature on a version. */
interface SignatureStatus {
  readonly user_id: string
  readonly key_id: string
  readonly signer: AuthDataSignature['signer']['kind']
  readonly state: AuthDataSignature['state']
}

/** What `--json` has. */
export interface TrustStatus {
  readonly trusted: boolean
  /** By whom it is trusted, or why it is not. */
  readonly because: TrustReason
  /** The published master key beside the one in secret storage; `null` when none is published. */
  readonly master_key: VersionTrust['masterKey']
  readonly key_match: VersionTrust['report']['keyMatch']
  readonly signatures: readonly SignatureStatus[]
}

type TrustReason =
  | Extract<UploadTrust, { readonly isTrusted: true }>['by']
  | Extract<UploadTrust, { readonly isTrusted: false }>['because']

/** Trust as `--json` has it. */
export function trustStatus({ report, conclusion, masterKey }: VersionTrust): TrustStatus {
  return {
    trusted: conclusion.isTrusted,
    because: conclusion.isTrusted ? conclusion.by : conclusion.because,
    master_key: masterKey,
    key_match: report.keyMatch,
    signatures: report.signatures.map(({ userId, keyId, signer, state }) => ({
      user_id: userId,
      key_id: keyId,
      signer: signer.kind,
      state,
    })),
  }
}

const REASONS: Readonly<Record<TrustReason, string>> = {
  master_key: 'trusted: signed by your master key',
  device: 'trusted: signed by a device of yours that is verified',
  key_match: 'trusted: its key is the one you gave, or that secret storage holds',
  no_public_key: 'not trusted: it has no public key',
  malformed_public_key: 'not trusted: its public key is none',
  signers_not_trusted: 'not trusted: signed, but nothing here vouches for who signed',
  invalid_signatures: 'not trusted: its signatures are not valid',
  unknown_signers: 'not trusted: signed by keys that nobody knows',
  unsigned: 'not trusted: nobody has signed it',
}

const STATES: Readonly<Record<SignatureStatus['state'], string>> = {
  missing: 'missing',
  invalid: 'not valid',
  valid_not_trusted: 'valid, but nothing here vouches for the key',
  valid_trusted: 'valid',
  unknown_key: 'cannot be checked: the key is not published',
}

const SIGNERS: Readonly<Record<SignatureStatus['signer'], string>> = {
  master_key: 'master key',
  device: 'device',
  unknown_key: 'unknown key',
  other_user: 'key of another user',
}

/** Signatures that are told one by one: the server says how many there are. */
const MAX_TOLD = 5

function signatureText({ signer, key_id, state }: SignatureStatus): string {
  return `${SIGNERS[signer]} ${key_id}: ${STATES[state]}`
}

function advice({ because, master_key }: TrustStatus): readonly string[] {
  if (master_key === 'mismatch')
    return ['The published master key is not the one in secret storage: see roomkeys doctor.']
  if (because !== 'signers_not_trusted' || master_key !== 'unknown') return []
  return ['Give the key of secret storage, where the master key is, to check who signed.']
}

/** Trust in lines. */
export function trustLines(trust: TrustStatus | null): readonly string[] {
  if (trust === null) return ['not known']
  const { because, signatures } = trust
  const more = signatures.length - MAX_TOLD
  return [
    REASONS[because],
    ...signatures.slice(0, MAX_TOLD).map(signatureText),
    ...(more > 0 ? [`and ${more} more signatures`] : []),
    ...advice(trust),
  ]
}

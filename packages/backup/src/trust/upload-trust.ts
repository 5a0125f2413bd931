/**
 * Whether keys may be uploaded to a version, derived from the facts of a report and from nothing else.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#server-side-key-backups
 */
import type { TrustReport } from './report.ts'
import type { AuthDataSignatureState } from './signatures.ts'

/** Why a version is not trusted. */
export type DistrustReason =
  /** Nothing can be encrypted to it, whoever has signed it. */
  | 'no_public_key'
  | 'malformed_public_key'
  /** A published key of the user has signed it, but none that is trusted. */
  | 'signers_not_trusted'
  /** Signatures by published keys are there, and none is valid. */
  | 'invalid_signatures'
  /** It is signed by keys that are not known alone: deleted devices, other users. */
  | 'unknown_signers'
  /** It is not signed at all. */
  | 'unsigned'

/** Whether a version is trusted for uploads, and why. */
export type UploadTrust =
  | { readonly isTrusted: true; readonly by: 'master_key' }
  | { readonly isTrusted: true; readonly by: 'device'; readonly deviceId: string }
  /** The caller's own key, from a trusted source, derives the public key. */
  | { readonly isTrusted: true; readonly by: 'key_match' }
  | { readonly isTrusted: false; readonly because: DistrustReason }

function whyNot({ signatures }: TrustReport): DistrustReason {
  const has = (wanted: AuthDataSignatureState): boolean =>
    signatures.some(({ state }) => state === wanted)
  if (has('valid_not_trusted')) return 'signers_not_trusted'
  if (has('invalid')) return 'invalid_signatures'
  return has('unknown_key') ? 'unknown_signers' : 'unsigned'
}

/**
 * The conclusion. The master key comes before devices, and signatures before the key match; a key that
 * does not match does not make a signed version untrusted: it only cannot be read.
 */
export function uploadTrust(report: TrustReport): UploadTrust {
  const { publicKey, signatures, keyMatch } = report
  if (publicKey.state === 'missing') return { isTrusted: false, because: 'no_public_key' }
  if (publicKey.state === 'malformed') return { isTrusted: false, because: 'malformed_public_key' }
  const signers = signatures
    .filter(({ state }) => state === 'valid_trusted')
    .map(({ signer }) => signer)
  if (signers.some(({ kind }) => kind === 'master_key'))
    return { isTrusted: true, by: 'master_key' }
  const device = signers.find((signer) => signer.kind === 'device')
  if (device !== undefined) return { isTrusted: true, by: 'device', deviceId: device.deviceId }
  if (keyMatch === 'match') return { isTrusted: true, by: 'key_match' }
  return { isTrusted: false, because: whyNot(report) }
}

/** Trust in a backup version: what its `auth_data` says, the conclusion from it, and signing it. */
export { inspectAuthData } from './trust/report.ts'
export { addSignatures, newVersionRequest, repairVersion } from './trust/sign-version.ts'
export { MAX_SIGNATURES } from './trust/signatures.ts'
export { uploadTrust } from './trust/upload-trust.ts'

export type { AuthDataSigner } from './trust/known-keys.ts'
export type { HeldKey, KeyMatchFact, PublicKeyFact } from './trust/public-key.ts'
export type { TrustContext, TrustReport } from './trust/report.ts'
export type {
  AddedSignatures,
  NewVersion,
  RepairedVersion,
  SignableVersion,
  VersionSigners,
} from './trust/sign-version.ts'
export type {
  AuthDataSignature,
  AuthDataSignatureState,
  SignatureFacts,
} from './trust/signatures.ts'
export type { DistrustReason, UploadTrust } from './trust/upload-trust.ts'

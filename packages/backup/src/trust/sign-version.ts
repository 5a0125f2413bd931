/**
 * Signing versions: the bodies of `POST /room_keys/version` and `PUT /room_keys/version/{version}`.
 *
 * Only `signatures` changes; every other field of `auth_data` stays as it came and where it was. A
 * `PUT` replaces the whole object, so a field that is left out is erased on the server.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3room_keysversionversion
 */
import { signAuthData, type SigningKey } from '@roomkeys/cross-signing'
import type {
  BackupVersionInfo,
  CreateBackupVersionRequest,
  JsonObject,
  UpdateBackupVersionRequest,
} from '@roomkeys/types'
import { BackupError } from '../errors.ts'
import { type HeldKey, type KeyMatchFact, matchHeldKey, readPublicKey } from './public-key.ts'
import type { TrustReport } from './report.ts'
import { uploadTrust } from './upload-trust.ts'

/** The keys that sign: the master key, the own device, or both. */
export interface VersionSigners {
  /** At least one: other clients do not use a version that nobody has signed. */
  readonly signers: readonly SigningKey[]
}

/** What of a version is signed and sent back. */
export type SignableVersion = Pick<BackupVersionInfo, 'algorithm' | 'auth_data' | 'version'>

function sign<T extends JsonObject>(authData: T, signers: readonly SigningKey[]): T {
  if (signers.length === 0) throw new TypeError('signers must not be empty')
  return signers.reduce<T>((signed, key) => signAuthData(signed, key), authData)
}

/** A version that is to be made. */
export interface NewVersion extends VersionSigners {
  /** The name of the backup algorithm. */
  readonly algorithm: string
  /** X25519 public key, unpadded base64. */
  readonly publicKey: string
  /** Further fields of `auth_data`, covered by the signatures. */
  readonly fields?: JsonObject
}

/**
 * The body that makes a new version, signed.
 *
 * @throws BackupError `malformed_auth_data` when the public key is not the base64 of 32 bytes
 * @throws CrossSigningError `wrong_role` or `not_canonical_json`
 * @throws TypeError when there are no signers
 */
export function newVersionRequest(version: NewVersion): CreateBackupVersionRequest {
  const { algorithm, publicKey, fields = {}, signers } = version
  const found = readPublicKey({ public_key: publicKey })
  if (found.state !== 'readable') throw malformed()
  const authData: JsonObject = { ...fields, public_key: found.publicKey }
  return { algorithm, auth_data: sign(authData, signers) }
}

function malformed(): BackupError {
  return new BackupError('malformed_auth_data', 'auth_data has no public key of 32 bytes')
}

function signVersion(
  { algorithm, auth_data, version }: SignableVersion,
  signers: readonly SigningKey[],
): UpdateBackupVersionRequest {
  return { algorithm, auth_data: sign(auth_data, signers), version }
}

/** Who signs a version that is trusted already, and the report that says so. */
export interface AddedSignatures extends VersionSigners {
  /** Of this version: `inspectAuthData` of its `auth_data`. */
  readonly report: TrustReport
}

/**
 * The body that adds signatures to a version that is trusted. One that is not is refused: the server
 * could have put a public key of its own into it.
 *
 * @throws BackupError `malformed_auth_data` or `untrusted_version`
 * @throws CrossSigningError `wrong_role` or `not_canonical_json`
 * @throws TypeError when there are no signers, or the report is of other `auth_data`
 */
export function addSignatures(
  version: SignableVersion,
  { report, signers }: AddedSignatures,
): UpdateBackupVersionRequest {
  if (report.authData !== version.auth_data) throw new TypeError('report must be of this version')
  if (report.publicKey.state !== 'readable') throw malformed()
  if (!uploadTrust(report).isTrusted)
    throw new BackupError('untrusted_version', 'Nothing vouches for this version')
  return signVersion(version, signers)
}

/** Who signs a version that nobody vouches for, and the key that proves it to be the caller's. */
export interface RepairedVersion extends VersionSigners {
  readonly held: HeldKey
}

function assertMatch(match: KeyMatchFact): void {
  if (match === 'no_public_key') throw malformed()
  if (match === 'match_untrusted_source')
    throw new BackupError('untrusted_key_source', 'The key is from no trusted source')
  if (match !== 'match')
    throw new BackupError('wrong_key', 'The key is not the one of this version')
}

/**
 * The body that signs a version which is unsigned, or whose signatures are worth nothing, because the
 * caller holds its decryption key.
 *
 * @throws BackupError `malformed_auth_data`, `wrong_key` or `untrusted_key_source`
 * @throws CrossSigningError `wrong_role` or `not_canonical_json`
 * @throws TypeError when there are no signers
 */
export function repairVersion(
  version: SignableVersion,
  { held, signers }: RepairedVersion,
): UpdateBackupVersionRequest {
  assertMatch(matchHeldKey(readPublicKey(version.auth_data), held))
  return signVersion(version, signers)
}

/**
 * The signatures on `auth_data`, each on its own.
 *
 * @see https://spec.matrix.org/v1.19/appendices/#checking-for-a-signature
 */
import { decodeBase64 } from '@roomkeys/crypto/base64'
import { type Bytes, CryptoError } from '@roomkeys/crypto/bytes'
import { ed25519Verify } from '@roomkeys/crypto/ed25519'
import { signableBytes } from '@roomkeys/crypto/signed-json'
import { isJsonObject, type JsonObject } from '@roomkeys/types'
import { type AuthDataSigner, isExpected, type KnownKey } from './known-keys.ts'
import { ownValue } from './own-value.ts'

/**
 * The most signatures that are reported. Each costs up to some milliseconds, and the server says how
 * many there are; those that decide about trust come first and are never left out for others.
 */
export const MAX_SIGNATURES = 500

/** 64 bytes have 86 characters, 88 with padding. */
const MAX_SIGNATURE_TEXT = 88

/** What is known of a signature. */
export type AuthDataSignatureState =
  /** One that is expected, and is not there. */
  | 'missing'
  | 'invalid'
  | 'valid_not_trusted'
  | 'valid_trusted'
  /** The key that would have made it is not known, so nobody can say. */
  | 'unknown_key'

/** A signature on `auth_data`, or the lack of one. */
export interface AuthDataSignature {
  readonly userId: string
  /** E.g. `ed25519:DEVICE`. */
  readonly keyId: string
  readonly signer: AuthDataSigner
  readonly state: AuthDataSignatureState
}

/** All that is seen in `signatures`. */
export interface SignatureFacts {
  /** `malformed`: it is no object. */
  readonly signatureMap: 'absent' | 'malformed' | 'map'
  /** Users whose signatures are no object; at most {@link MAX_SIGNATURES}. */
  readonly malformedUsers: readonly string[]
  /** The object has canonical JSON, without which no signature on it can be valid. */
  readonly isSignable: boolean
  /** Those that decide about trust first; at most {@link MAX_SIGNATURES}, and what is missing. */
  readonly signatures: readonly AuthDataSignature[]
  /** How many more there are. */
  readonly omitted: number
}

/** Whose signatures are looked for. */
export interface SignatureContext {
  readonly userId: string
  readonly keys: readonly KnownKey[]
}

/** A signature as it came, with the keys that its key id may mean. */
interface Claim {
  readonly userId: string
  readonly keyId: string
  readonly text: unknown
  readonly candidates: readonly KnownKey[]
}

function readMessage(authData: JsonObject): Bytes | null {
  try {
    return signableBytes(authData)
  } catch (error) {
    if (error instanceof CryptoError) return null
    throw error
  }
}

function decodeText(text: unknown): Bytes | null {
  if (typeof text !== 'string' || text.length > MAX_SIGNATURE_TEXT) return null
  try {
    return decodeBase64(text)
  } catch (error) {
    if (error instanceof CryptoError) return null
    throw error
  }
}

/** The keys by id. A device may call itself what the master key is called, so one id may mean two. */
function byKeyId(keys: readonly KnownKey[]): ReadonlyMap<string, readonly KnownKey[]> {
  const found = new Map<string, readonly KnownKey[]>()
  for (const key of keys) found.set(key.keyId, [...(found.get(key.keyId) ?? []), key])
  return found
}

function claimsOf(signatures: JsonObject, { userId, keys }: SignatureContext): readonly Claim[] {
  const known = byKeyId(keys)
  return Object.entries(signatures).flatMap(([user, map]) =>
    Object.entries(isJsonObject(map) ? map : {}).map(([keyId, text]) => ({
      userId: user,
      keyId,
      text,
      candidates: user === userId ? (known.get(keyId) ?? []) : [],
    })),
  )
}

/** What decides about trust comes first, whatever the server has put before it. */
function rank({ userId, candidates }: Claim, ownUserId: string): number {
  if (candidates.some(isExpected)) return 0
  if (candidates.some(({ isTrusted }) => isTrusted)) return 1
  if (candidates.length > 0) return 2
  return userId === ownUserId ? 3 : 4
}

function verify(key: KnownKey, text: unknown, message: Bytes | null): AuthDataSignatureState {
  if (key.publicKey === null) return 'unknown_key'
  const signature = decodeText(text)
  if (signature === null || message === null) return 'invalid'
  const publicKey = decodeBase64(key.publicKey)
  if (!ed25519Verify({ publicKey, message, signature })) return 'invalid'
  return key.isTrusted ? 'valid_trusted' : 'valid_not_trusted'
}

const BEST_FIRST = ['valid_trusted', 'valid_not_trusted', 'invalid', 'unknown_key'] as const

function judge(claim: Claim, ownUserId: string, message: Bytes | null): AuthDataSignature {
  const { userId, keyId, text, candidates } = claim
  const checked = candidates.map((key) => ({
    signer: key.signer,
    state: verify(key, text, message),
  }))
  for (const best of BEST_FIRST) {
    const found = checked.find(({ state }) => state === best)
    if (found !== undefined) return { userId, keyId, ...found }
  }
  const kind = userId === ownUserId ? 'unknown_key' : 'other_user'
  return { userId, keyId, signer: { kind }, state: 'unknown_key' }
}

function isSameSigner(a: AuthDataSigner, b: AuthDataSigner): boolean {
  if (a.kind !== 'device' || b.kind !== 'device') return a.kind === b.kind
  return a.deviceId === b.deviceId
}

/** The expected keys that none of the signatures is by. */
function missing(
  found: readonly AuthDataSignature[],
  { userId, keys }: SignatureContext,
): readonly AuthDataSignature[] {
  return keys
    .filter(
      (key) => isExpected(key) && !found.some(({ signer }) => isSameSigner(signer, key.signer)),
    )
    .map(({ keyId, signer }) => ({ userId, keyId, signer, state: 'missing' }))
}

function mapState(signatures: unknown): SignatureFacts['signatureMap'] {
  if (signatures === undefined) return 'absent'
  return isJsonObject(signatures) ? 'map' : 'malformed'
}

/** Looks at every signature. */
export function readSignatures(authData: JsonObject, context: SignatureContext): SignatureFacts {
  const value = ownValue(authData, 'signatures')
  const map = isJsonObject(value) ? value : {}
  const message = readMessage(authData)
  const claims = claimsOf(map, context)
  const found = claims
    .map((claim) => ({ claim, at: rank(claim, context.userId) }))
    .sort((a, b) => a.at - b.at)
    .slice(0, MAX_SIGNATURES)
    .map(({ claim }) => judge(claim, context.userId, message))
  const malformed = Object.entries(map).filter(([, ofUser]) => !isJsonObject(ofUser))
  return {
    signatureMap: mapState(value),
    malformedUsers: malformed.slice(0, MAX_SIGNATURES).map(([userId]) => userId),
    isSignable: message !== null,
    signatures: [...found, ...missing(found, context)],
    omitted: claims.length - found.length,
  }
}

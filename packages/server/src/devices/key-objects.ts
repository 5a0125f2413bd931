/**
 * Key objects as clients upload them: kept whole, for signatures cover every member.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#key-algorithms
 */
import { CryptoError } from '@roomkeys/crypto/bytes'
import { canonicalJson } from '@roomkeys/crypto/canonical-json'
import { inPlace, isJsonObject, type JsonObject, mapOf, type WireSchema } from '@roomkeys/types'
import * as v from 'valibot'
import { RefusedRequest } from '../errors.ts'
import { requireUsableId } from '../http/context.ts'
import type { Limits } from '../limits.ts'

/** user id → key id → signature */
export type SignatureMap = Readonly<Record<string, Readonly<Record<string, string>>>>

/** A key object that may carry signatures. */
export interface SignedObject extends JsonObject {
  readonly signatures?: SignatureMap
}

/** Members of a signed object that anyone may have added. */
export const signatureMapSchema: WireSchema<SignatureMap> = mapOf(mapOf(v.string()))

/** Parses {@link SignedObject}. */
export const signedObjectSchema: WireSchema<SignedObject> = inPlace(
  v.looseObject({ signatures: v.exactOptional(signatureMapSchema) }),
)

/** Bytes of JSON text, counted only where its length leaves it open. */
export function isLongerThan(text: string, maxBytes: number): boolean {
  // A character takes at least one byte and at most three for each UTF-16 unit.
  if (text.length * 3 <= maxBytes) return false
  return new TextEncoder().encode(text).length > maxBytes
}

/**
 * Writes JSON that is to be stored.
 *
 * @throws RefusedRequest 413 `M_TOO_LARGE`
 */
export function boundedJson(value: unknown, maxBytes: number): string {
  const json = JSON.stringify(value)
  if (isLongerThan(json, maxBytes))
    throw new RefusedRequest([413, 'M_TOO_LARGE'], `An object is longer than ${maxBytes} bytes`)
  return json
}

/** Writes a key object that is to be stored. */
export function keyObjectJson(value: unknown, { keyObjectBytes }: Limits): string {
  return boundedJson(value, keyObjectBytes)
}

/** Reads back what {@link boundedJson} wrote. */
export function storedObject(json: string): JsonObject {
  const value: unknown = JSON.parse(json)
  if (isJsonObject(value)) return value
  throw new TypeError('A stored object is not a JSON object')
}

/** Text that a signature of the object would cover, or `null` where nothing can be signed. */
export function signedText(object: JsonObject): string | null {
  const covered = Object.entries(object).filter(
    ([name]) => name !== 'signatures' && name !== 'unsigned',
  )
  try {
    return canonicalJson(Object.fromEntries(covered))
  } catch (error) {
    if (error instanceof CryptoError) return null
    throw error
  }
}

/** Signatures that are stored with an object. */
export function signaturesOf(object: JsonObject): SignatureMap {
  const result = v.safeParse(signatureMapSchema, object['signatures'])
  return result.success ? result.output : {}
}

/** An own member of a map that others chose the keys of. */
export function ownMember<T>(map: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined
}

/** A signature, and who made it with which key. */
export interface MadeSignature {
  readonly signerId: string
  readonly keyId: string
  readonly signature: string
}

/** A copy with signatures added; those that are there already stay. */
export function withSignatures(object: JsonObject, made: readonly MadeSignature[]): JsonObject {
  if (made.length === 0) return object
  const merged = new Map(
    Object.entries(signaturesOf(object)).map(([user, keys]) => [
      user,
      new Map(Object.entries(keys)),
    ]),
  )
  for (const { signerId, keyId, signature } of made) {
    const ofSigner = merged.get(signerId) ?? new Map<string, string>()
    merged.set(signerId, ofSigner.set(keyId, signature))
  }
  const signatures = Object.fromEntries(
    Array.from(merged, ([user, keys]) => [user, Object.fromEntries(keys)]),
  )
  return { ...object, signatures }
}

/** The id of a key, e.g. `signed_curve25519:AAAAHQ`, in its two parts. */
export interface KeyId {
  readonly algorithm: string
  readonly keyId: string
}

/**
 * Takes the id of a key apart.
 *
 * @throws RefusedRequest 400 `M_INVALID_PARAM`
 */
export function parseKeyId(id: string, limits: Limits): KeyId {
  requireUsableId(id, limits)
  const colon = id.indexOf(':')
  if (colon > 0 && colon < id.length - 1)
    return { algorithm: id.slice(0, colon), keyId: id.slice(colon + 1) }
  throw new RefusedRequest([400, 'M_INVALID_PARAM'], 'A key id has to look like algorithm:id')
}

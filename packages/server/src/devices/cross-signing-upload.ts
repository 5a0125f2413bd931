/**
 * `POST /keys/device_signing/upload`: the cross-signing keys of the user who asks.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysdevice_signingupload
 */
import { decodeBase64 } from '@roomkeys/crypto/base64'
import { CryptoError } from '@roomkeys/crypto/bytes'
import { isEd25519PublicKey } from '@roomkeys/crypto/ed25519'
import { verifyJson } from '@roomkeys/crypto/signed-json'
import { inPlace, mapOf, type WireSchema } from '@roomkeys/types'
import * as v from 'valibot'
import {
  askForPassword,
  type InteractiveAuth,
  interactiveAuthSchema,
  passwordWasGiven,
} from '../account/interactive-auth.ts'
import { RefusedRequest } from '../errors.ts'
import { jsonAnswer } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import { requireUsableId, type UserContext, type UserHandler } from '../http/context.ts'
import type { Limits } from '../limits.ts'
import { keysBounds } from './bounds.ts'
import { keyObjectJson, signedText, type SignedObject, signatureMapSchema } from './key-objects.ts'
import { type CrossSigningKeys, crossSigningKeysOf, type KeyUsage } from './stored-keys.ts'
import { type Change, changeOwn, recordDeviceListChange } from './stream.ts'

interface UploadedKey extends SignedObject {
  readonly user_id: string
  readonly usage: readonly string[]
  readonly keys: Readonly<Record<string, string>>
}

interface SigningKeysUpload {
  readonly auth?: InteractiveAuth
  readonly master_key?: UploadedKey
  readonly self_signing_key?: UploadedKey
  readonly user_signing_key?: UploadedKey
}

const uploadedKeySchema: WireSchema<UploadedKey> = inPlace(
  v.looseObject({
    user_id: v.string(),
    usage: v.array(v.string()),
    keys: mapOf(v.string()),
    signatures: v.exactOptional(signatureMapSchema),
  }),
)

const signingKeysUploadSchema: WireSchema<SigningKeysUpload> = inPlace(
  v.looseObject({
    auth: v.exactOptional(interactiveAuthSchema),
    master_key: v.exactOptional(uploadedKeySchema),
    self_signing_key: v.exactOptional(uploadedKeySchema),
    user_signing_key: v.exactOptional(uploadedKeySchema),
  }),
)

/** A key of an upload, checked by itself. */
interface CheckedKey {
  readonly usage: KeyUsage
  readonly publicKey: string
  readonly object: UploadedKey
  readonly content: string
}

function refuse(message: string): never {
  throw new RefusedRequest([400, 'M_INVALID_PARAM'], message)
}

function decodeKey(publicKey: string): Uint8Array {
  try {
    return decodeBase64(publicKey)
  } catch (error) {
    if (error instanceof CryptoError) return refuse('A cross-signing key is not base64')
    throw error
  }
}

/** The one public key of a cross-signing key; its id repeats it. */
function publicKeyOf({ keys }: UploadedKey): string {
  const entries = Object.entries(keys)
  const [id, publicKey] = entries[0] ?? []
  if (entries.length !== 1 || publicKey === undefined || id !== `ed25519:${publicKey}`)
    return refuse('A cross-signing key has exactly one ed25519 key, and is named after it')
  if (!isEd25519PublicKey(decodeKey(publicKey))) refuse('A cross-signing key is no Ed25519 key')
  return publicKey
}

function check(
  usage: KeyUsage,
  object: UploadedKey | undefined,
  { userId, limits }: { readonly userId: string; readonly limits: Limits },
): readonly CheckedKey[] {
  if (object === undefined) return []
  if (object.user_id !== userId) refuse('A cross-signing key is of another user')
  if (!object.usage.includes(usage)) refuse(`A key is not meant for ${usage}`)
  if (signedText(object) === null)
    throw new RefusedRequest([400, 'M_BAD_JSON'], 'A cross-signing key is not canonical JSON')
  const publicKey = requireUsableId(publicKeyOf(object), limits)
  return [{ usage, publicKey, object, content: keyObjectJson(object, limits) }]
}

function checkAll(
  upload: SigningKeysUpload,
  userId: string,
  limits: Limits,
): readonly CheckedKey[] {
  const owner = { userId, limits }
  const keys = [
    ...check('master', upload.master_key, owner),
    ...check('self_signing', upload.self_signing_key, owner),
    ...check('user_signing', upload.user_signing_key, owner),
  ]
  if (new Set(keys.map(({ publicKey }) => publicKey)).size < keys.length)
    refuse('One key cannot serve for two usages')
  return keys
}

/** The other two keys count only while the master key has signed them. */
function requireMasterSignature(key: CheckedKey, masterKey: string | undefined): void {
  if (masterKey === undefined)
    throw new RefusedRequest([400, 'M_MISSING_PARAM'], 'There is no master key')
  const signer = { userId: key.object.user_id, keyId: `ed25519:${masterKey}` }
  if (verifyJson(key.object, signer, decodeKey(masterKey)) !== 'valid')
    throw new RefusedRequest(
      [400, 'M_INVALID_SIGNATURE'],
      `The ${key.usage} key is not signed by the master key`,
    )
}

function requireMasterSignatures(keys: readonly CheckedKey[], stored: CrossSigningKeys): void {
  const master = keys.find(({ usage }) => usage === 'master')?.publicKey ?? stored.master?.publicKey
  for (const key of keys) if (key.usage !== 'master') requireMasterSignature(key, master)
}

/** Whether a key is the stored one; signatures are uploaded elsewhere and do not make another of it. */
function isStored({ usage, object }: CheckedKey, stored: CrossSigningKeys): boolean {
  const known = stored[usage]
  return known !== undefined && signedText(known.object) === signedText(object)
}

/** Removes keys of a user, the signatures that they made, and the user's own on them. */
async function forget(
  { tx, userId }: Change,
  stored: CrossSigningKeys,
  usages: readonly KeyUsage[],
): Promise<void> {
  const publicKeys = usages.flatMap((usage) => stored[usage]?.publicKey ?? [])
  await tx.query('DELETE FROM cross_signing_keys WHERE user_id = $1 AND usage = ANY($2::text[])', [
    userId,
    usages,
  ])
  await tx.query(
    `DELETE FROM key_signatures WHERE user_id = $1 AND (signing_key_id = ANY($2::text[])
       OR (target_user_id = $1 AND target_key = ANY($3::text[])))`,
    [userId, publicKeys.map((key) => `ed25519:${key}`), publicKeys],
  )
}

/** With another master key, those that the old one had signed are nothing any more. */
function replacedUsages(
  keys: readonly CheckedKey[],
  stored: CrossSigningKeys,
): readonly KeyUsage[] {
  const master = keys.find(({ usage }) => usage === 'master')
  if (master !== undefined && master.publicKey !== stored.master?.publicKey)
    return ['master', 'self_signing', 'user_signing']
  return keys.map(({ usage }) => usage)
}

async function replaceKeys(
  change: Change,
  keys: readonly CheckedKey[],
  stored: CrossSigningKeys,
): Promise<void> {
  await forget(change, stored, replacedUsages(keys, stored))
  for (const { usage, publicKey, content } of keys)
    await change.tx.query(
      `INSERT INTO cross_signing_keys (user_id, usage, public_key, content)
       VALUES ($1, $2, $3, $4)`,
      [change.userId, usage, publicKey, content],
    )
  await recordDeviceListChange(change, change.userId)
}

/**
 * Stores what is new. The first keys of a user, and keys that are stored already, need no password.
 *
 * @returns whether the password is needed and was not given
 */
async function store(
  change: Change,
  keys: readonly CheckedKey[],
  authenticated: boolean,
): Promise<'stored' | 'password_needed'> {
  const stored = await crossSigningKeysOf(change.tx, change.userId)
  const changed = keys.filter((key) => !isStored(key, stored))
  if (changed.length === 0) return 'stored'
  if (stored.master !== undefined && !authenticated) return 'password_needed'
  requireMasterSignatures(keys, stored)
  await replaceKeys(change, changed, stored)
  return 'stored'
}

async function upload(context: UserContext): Promise<'stored' | 'password_needed'> {
  const { services, session } = context
  const body = await readBody(context.request, signingKeysUploadSchema, keysBounds(context))
  const keys = checkAll(body, session.userId, services.limits)
  const authenticated = await passwordWasGiven(context, body.auth, 'replace_cross_signing_keys')
  return changeOwn(services, session.userId, (change) => store(change, keys, authenticated))
}

/** Answers `POST /keys/device_signing/upload`. */
export const postSigningKeys: UserHandler = async (context) => {
  const outcome = await upload(context)
  return outcome === 'stored'
    ? jsonAnswer({})
    : askForPassword(context, 'replace_cross_signing_keys')
}

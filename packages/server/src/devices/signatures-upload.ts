/**
 * `POST /keys/signatures/upload`: signatures that a user has made, each on the whole object.
 *
 * Three kinds count: the self-signing key's on a device of the same user, a device's on the master key
 * of the same user, and the user-signing key's on the master key of another. Each is verified; what
 * does not hold is told back by object, and the others are stored.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keyssignaturesupload
 */
import { type JsonObject, mapOf, type WireSchema } from '@roomkeys/types'
import { RefusedRequest } from '../errors.ts'
import { jsonAnswer } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import { requireUsableId, type Services, type UserHandler } from '../http/context.ts'
import { keysBounds } from './bounds.ts'
import { type SignedObject, signedObjectSchema } from './key-objects.ts'
import { deviceTarget, masterKeyTarget, type Target } from './signature-targets.ts'
import { isFailure, type SignatureFailure, verifiedSignatures } from './signature-checks.ts'
import { crossSigningKeysOf } from './stored-keys.ts'
import { type Change, changeOwn, recordDeviceListChange } from './stream.ts'
import type { SqlExecutor } from '../store.ts'
import { textColumn } from '../store.ts'

/** user id → device id or public key → the signed object */
type SignaturesUpload = Readonly<Record<string, Readonly<Record<string, SignedObject>>>>

const signaturesUploadSchema: WireSchema<SignaturesUpload> = mapOf(mapOf(signedObjectSchema))

/** One object of an upload. */
interface Uploaded {
  readonly ownerId: string
  readonly keyId: string
  readonly object: SignedObject
}

function uploadedOf(body: SignaturesUpload, { limits }: Services): readonly Uploaded[] {
  const all = Object.entries(body).flatMap(([ownerId, objects]) =>
    Object.entries(objects).map(([keyId, object]) => ({
      ownerId: requireUsableId(ownerId, limits),
      keyId: requireUsableId(keyId, limits),
      object,
    })),
  )
  if (all.length > limits.signedObjectsPerRequest)
    throw new RefusedRequest([413, 'M_TOO_LARGE'], 'Too many signed objects in one request')
  return all
}

const UNKNOWN: SignatureFailure = { errcode: 'M_NOT_FOUND', error: 'There is no such key' }

/** What an object is said to be: of one's own, a device or the master key; of others, the master key. */
async function targetOf(
  store: SqlExecutor,
  signerId: string,
  { ownerId, keyId }: Uploaded,
): Promise<Target | null> {
  const master = (await crossSigningKeysOf(store, ownerId)).master
  if (master?.publicKey === keyId) return masterKeyTarget(store, { signerId, ownerId }, master)
  return signerId === ownerId ? deviceTarget(store, ownerId, keyId) : null
}

/** Signatures that hold and are not stored yet, or why there is none. */
async function examine(
  store: SqlExecutor,
  signerId: string,
  uploaded: Uploaded,
): Promise<ReturnType<typeof verifiedSignatures>> {
  const target = await targetOf(store, signerId, uploaded)
  return target === null ? UNKNOWN : verifiedSignatures(uploaded.object, target, signerId)
}

async function requireFewSignatures(change: Change, { limits }: Services): Promise<void> {
  const { rows } = await change.tx.query(
    'SELECT count(*)::text AS count FROM key_signatures WHERE user_id = $1',
    [change.userId],
  )
  if (rows[0] === undefined || Number(textColumn(rows[0], 'count')) <= limits.signaturesPerUser)
    return
  throw new RefusedRequest([413, 'M_TOO_LARGE'], 'The user has too many signatures')
}

async function storeSignatures(
  change: Change,
  { ownerId, keyId }: Uploaded,
  signatures: ReadonlyMap<string, string>,
): Promise<void> {
  await change.tx.query(
    `INSERT INTO key_signatures (user_id, target_user_id, target_key, signing_key_id, signature)
     SELECT $1, $2, $3, * FROM unnest($4::text[], $5::text[])
     ON CONFLICT (user_id, target_user_id, target_key, signing_key_id)
     DO UPDATE SET signature = excluded.signature`,
    [change.userId, ownerId, keyId, [...signatures.keys()], [...signatures.values()]],
  )
  await recordDeviceListChange(change, ownerId)
}

type Failures = Readonly<Record<string, Readonly<Record<string, SignatureFailure>>>>

function failuresOf(failed: readonly (readonly [Uploaded, SignatureFailure])[]): Failures {
  const byUser = new Map<string, [string, SignatureFailure][]>()
  for (const [{ ownerId, keyId }, failure] of failed)
    byUser.set(ownerId, [...(byUser.get(ownerId) ?? []), [keyId, failure]])
  return Object.fromEntries(
    Array.from(byUser, ([userId, entries]) => [userId, Object.fromEntries(entries)]),
  )
}

async function storeAll(
  change: Change,
  uploads: readonly Uploaded[],
  services: Services,
): Promise<JsonObject> {
  const failed: (readonly [Uploaded, SignatureFailure])[] = []
  for (const uploaded of uploads) {
    const outcome = await examine(change.tx, change.userId, uploaded)
    if (isFailure(outcome)) failed.push([uploaded, outcome])
    else if (outcome.size > 0) await storeSignatures(change, uploaded, outcome)
  }
  await requireFewSignatures(change, services)
  return failuresOf(failed)
}

/** Answers `POST /keys/signatures/upload`. */
export const postSignatures: UserHandler = async (context) => {
  const { services, session } = context
  const body = await readBody(context.request, signaturesUploadSchema, keysBounds(context))
  const uploads = uploadedOf(body, services)
  const failures = await changeOwn(services, session.userId, (change) =>
    storeAll(change, uploads, services),
  )
  return jsonAnswer({ failures })
}

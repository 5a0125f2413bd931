/**
 * `POST /keys/query`: device keys and cross-signing keys of users, with their signatures.
 *
 * Of signatures, everyone sees those of the owner, and each user their own. A user-signing key is shown
 * to its owner alone, for it tells whom they have verified.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysquery
 */
import { inPlace, type JsonObject, mapOf, type WireSchema } from '@roomkeys/types'
import * as v from 'valibot'
import { RefusedRequest } from '../errors.ts'
import { writtenJson } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import { requireUsableId, type Services, type UserHandler } from '../http/context.ts'
import { type SqlExecutor } from '../store.ts'
import { keysBounds, requireFewTargets } from './bounds.ts'
import { failuresOf } from './known-users.ts'
import {
  crossSigningKeysOf,
  deviceKeysOf,
  signedAs,
  type SignaturesByTarget,
  type StoredDeviceKeys,
  uploadedSignatures,
} from './stored-keys.ts'

interface KeysQuery {
  /** user id → device ids; none of them means all */
  readonly device_keys: Readonly<Record<string, readonly string[]>>
}

const keysQuerySchema: WireSchema<KeysQuery> = inPlace(
  v.looseObject({ device_keys: mapOf(v.array(v.string())) }),
)

/** Whose keys are asked for, and who asks. */
interface Question {
  readonly ownerId: string
  readonly deviceIds: readonly string[]
  readonly askerId: string
}

/** What the answer has of one user. */
interface UserKeys {
  readonly device_keys: JsonObject
  readonly master_keys?: JsonObject
  readonly self_signing_keys?: JsonObject
  readonly user_signing_keys?: JsonObject
}

function deviceEntry(
  { deviceId, displayName, object }: StoredDeviceKeys,
  sources: readonly SignaturesByTarget[],
): readonly [string, JsonObject] {
  const unsigned = displayName === null ? {} : { device_display_name: displayName }
  return [deviceId, { ...signedAs(object, deviceId, sources), unsigned }]
}

async function signatureSources(
  store: SqlExecutor,
  { ownerId, askerId }: Question,
): Promise<readonly SignaturesByTarget[]> {
  const own = await uploadedSignatures(store, { signerId: ownerId, ownerId })
  if (askerId === ownerId) return [own]
  return [own, await uploadedSignatures(store, { signerId: askerId, ownerId })]
}

async function keysOf(store: SqlExecutor, question: Question): Promise<UserKeys> {
  const { ownerId, deviceIds, askerId } = question
  const sources = await signatureSources(store, question)
  const devices = await deviceKeysOf(store, ownerId, deviceIds)
  const { master, self_signing, user_signing } = await crossSigningKeysOf(store, ownerId)
  return {
    device_keys: Object.fromEntries(devices.map((device) => deviceEntry(device, sources))),
    ...(master && { master_keys: signedAs(master.object, master.publicKey, sources) }),
    ...(self_signing && { self_signing_keys: self_signing.object }),
    ...(user_signing && askerId === ownerId && { user_signing_keys: user_signing.object }),
  }
}

async function isUser(store: SqlExecutor, userId: string): Promise<boolean> {
  const { rows } = await store.query('SELECT user_id FROM users WHERE user_id = $1', [userId])
  return rows.length > 0
}

type Answers = readonly (readonly [string, UserKeys])[]

const SECTIONS = ['device_keys', 'master_keys', 'self_signing_keys', 'user_signing_keys'] as const

function sectionsOf(answers: Answers): Readonly<Record<string, JsonObject>> {
  return Object.fromEntries(
    SECTIONS.map((section) => [
      section,
      Object.fromEntries(
        answers.flatMap(([userId, keys]) => {
          const value = keys[section]
          return value === undefined ? [] : [[userId, value]]
        }),
      ),
    ]),
  )
}

/** Users are asked for one by one, and the answer is given up before it gets out of hand. */
async function collect(
  { store, limits }: Services,
  questions: readonly Question[],
): Promise<{ readonly answers: Answers; readonly unknownUsers: readonly string[] }> {
  const answers: (readonly [string, UserKeys])[] = []
  const unknownUsers: string[] = []
  let length = 0
  for (const question of questions) {
    if (!(await isUser(store, question.ownerId))) {
      unknownUsers.push(question.ownerId)
      continue
    }
    const keys = await keysOf(store, question)
    length += JSON.stringify(keys).length
    if (length > limits.queryAnswerLength)
      throw new RefusedRequest([413, 'M_TOO_LARGE'], 'The answer is too large; ask for fewer users')
    answers.push([question.ownerId, keys])
  }
  return { answers, unknownUsers }
}

function questionsOf(
  { device_keys }: KeysQuery,
  askerId: string,
  services: Services,
): readonly Question[] {
  const { limits } = services
  return Object.entries(device_keys).map(([ownerId, deviceIds]) => ({
    ownerId: requireUsableId(ownerId, limits),
    deviceIds: deviceIds.map((id) => requireUsableId(id, limits)),
    askerId,
  }))
}

/** Answers `POST /keys/query`. */
export const postKeysQuery: UserHandler = async (context) => {
  const { services, session } = context
  const body = await readBody(context.request, keysQuerySchema, keysBounds(context))
  const questions = questionsOf(body, session.userId, services)
  requireFewTargets(
    questions.reduce((sum, { deviceIds }) => sum + deviceIds.length + 1, 0),
    services.limits,
  )
  const { answers, unknownUsers } = await collect(services, questions)
  const failures = failuresOf(unknownUsers, services)
  return writtenJson(JSON.stringify({ ...sectionsOf(answers), failures }))
}

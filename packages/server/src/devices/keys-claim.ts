/**
 * `POST /keys/claim`: one-time keys of devices that somebody wants to write to.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysclaim
 */
import { inPlace, mapOf, type WireSchema } from '@roomkeys/types'
import * as v from 'valibot'
import { jsonAnswer } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import { requireUsableId, type UserHandler } from '../http/context.ts'
import type { Limits } from '../limits.ts'
import { keysBounds, requireFewTargets } from './bounds.ts'
import { failuresOf } from './known-users.ts'
import { claimKeys, type ClaimedKey, type Wanted } from './one-time-keys.ts'
import { changeIfUser } from './stream.ts'

interface KeysClaim {
  /** user id → device id → algorithm */
  readonly one_time_keys: Readonly<Record<string, Readonly<Record<string, string>>>>
}

const keysClaimSchema: WireSchema<KeysClaim> = inPlace(
  v.looseObject({ one_time_keys: mapOf(mapOf(v.string())) }),
)

function wantedOf(devices: Readonly<Record<string, string>>, limits: Limits): readonly Wanted[] {
  return Object.entries(devices).map(([deviceId, algorithm]) => ({
    deviceId: requireUsableId(deviceId, limits),
    algorithm: requireUsableId(algorithm, limits),
  }))
}

function claimedJson(keys: readonly ClaimedKey[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    keys.map(({ deviceId, algorithm, keyId, content }) => [
      deviceId,
      Object.fromEntries([[`${algorithm}:${keyId}`, JSON.parse(content) as unknown]]),
    ]),
  )
}

/** Answers `POST /keys/claim`; users and devices that have no key are left out. */
export const postKeysClaim: UserHandler = async (context) => {
  const { services } = context
  const { one_time_keys } = await readBody(context.request, keysClaimSchema, keysBounds(context))
  const wanted = Object.entries(one_time_keys).map(
    ([userId, devices]) =>
      [requireUsableId(userId, services.limits), wantedOf(devices, services.limits)] as const,
  )
  requireFewTargets(
    wanted.reduce((sum, [, devices]) => sum + devices.length + 1, 0),
    services.limits,
  )
  const claimed: [string, Readonly<Record<string, unknown>>][] = []
  const unknownUsers: string[] = []
  for (const [userId, devices] of wanted) {
    const keys = await changeIfUser(services, userId, (change) => claimKeys(change, devices))
    if (keys === null) unknownUsers.push(userId)
    else if (keys.length > 0) claimed.push([userId, claimedJson(keys)])
  }
  return jsonAnswer({
    one_time_keys: Object.fromEntries(claimed),
    failures: failuresOf(unknownUsers, services),
  })
}

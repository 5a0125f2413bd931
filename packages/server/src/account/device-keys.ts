/**
 * Device keys: none are kept, and the answer says so.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysquery
 */
import { inPlace, type JsonObject, mapOf, type WireSchema } from '@roomkeys/types'
import * as v from 'valibot'
import { jsonAnswer } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import type { UserHandler } from '../http/context.ts'

interface KeysQueryRequest extends JsonObject {
  readonly device_keys: Readonly<Record<string, readonly string[]>>
}

const keysQueryRequestSchema: WireSchema<KeysQueryRequest> = inPlace(
  v.looseObject({ device_keys: mapOf(v.array(v.string())) }),
)

/** Answers `POST /keys/query`. */
export const postKeysQuery: UserHandler = async ({ request, services: { limits } }) => {
  await readBody(request, keysQueryRequestSchema, {
    maxBytes: limits.otherBodyBytes,
    maxDepth: limits.jsonDepth,
  })
  return jsonAnswer({ device_keys: {}, failures: {} })
}

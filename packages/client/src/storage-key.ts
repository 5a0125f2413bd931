/** Whether a pasted key is one of the account's secret-storage keys. */
import {
  checkStorageKey,
  DEFAULT_KEY_TYPE,
  defaultKeySchema,
  keyDescriptionSchema,
  keyDescriptionType,
} from '@roomkeys/secret-storage'
import { getAccountData, type Homeserver, whoAmI } from '@roomkeys/transport'
import { parseWire, WireShapeError, type WireSchema } from '@roomkeys/types'
import type { CallOptions } from './context.ts'

/** Content that is absent, or not of its shape, identifies no key. */
function parsed<T>(schema: WireSchema<T>, content: unknown): T | null {
  try {
    return content === null ? null : parseWire(schema, content, 'account data')
  } catch (error) {
    if (error instanceof WireShapeError) return null
    throw error
  }
}

/**
 * The id of the default secret-storage key, if the key is that one, else `null`.
 *
 * @param key - 32 bytes
 */
export async function findStorageKey(
  homeserver: Homeserver,
  key: Uint8Array,
  options: CallOptions = {},
): Promise<string | null> {
  const { user_id: userId } = await whoAmI(homeserver, options)
  const read = (type: string) => getAccountData(homeserver, { userId, type }, options)
  const defaultKey = parsed(defaultKeySchema, await read(DEFAULT_KEY_TYPE))
  if (defaultKey === null) return null
  const content = await read(keyDescriptionType(defaultKey.key))
  const description = parsed(keyDescriptionSchema, content)
  if (description === null) return null
  return checkStorageKey(key, description) === 'match' ? defaultKey.key : null
}

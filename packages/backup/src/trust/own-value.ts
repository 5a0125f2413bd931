/** Maps whose keys others choose: own properties alone, because `__proto__` is a legal key. */
import { isJsonObject } from '@roomkeys/types'

/** An own property of a value that may be no object at all. */
export function ownValue(map: unknown, key: string): unknown {
  return isJsonObject(map) && Object.hasOwn(map, key) ? map[key] : undefined
}

/** Limits of the endpoints around devices, as their handlers use them. */
import { RefusedRequest } from '../errors.ts'
import type { BodyBounds } from '../http/body.ts'
import type { UserContext } from '../http/context.ts'
import type { Limits } from '../limits.ts'

/** Bounds of a body with keys, signatures, or queries for them. */
export function keysBounds({ services: { limits } }: UserContext): BodyBounds {
  return { maxBytes: limits.keysBodyBytes, maxDepth: limits.jsonDepth }
}

/**
 * Refuses a request that names too many users or devices.
 *
 * @throws RefusedRequest 413 `M_TOO_LARGE`
 */
export function requireFewTargets(count: number, { targetsPerRequest }: Limits): void {
  if (count <= targetsPerRequest) return
  throw new RefusedRequest([413, 'M_TOO_LARGE'], 'Too many users or devices in one request')
}

/**
 * When an outbound session is to be replaced, by what the room's `m.room.encryption` asks for.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#mroomencryption
 */
import { isJsonObject } from '@roomkeys/types'

/** How long a session is used. */
export interface RotationPolicy {
  /** Milliseconds. */
  readonly rotation_period_ms: number
  /** Messages. */
  readonly rotation_period_msgs: number
}

/** What the specification recommends: a week, or a hundred messages. */
export const DEFAULT_ROTATION: RotationPolicy = {
  rotation_period_ms: 604_800_000,
  rotation_period_msgs: 100,
}

/** Below, every message would need a new session, sent to every device of the room. */
export const MIN_ROTATION: RotationPolicy = {
  rotation_period_ms: 3_600_000,
  rotation_period_msgs: 1,
}

/** Above, a session would never be replaced. */
export const MAX_ROTATION: RotationPolicy = {
  rotation_period_ms: 52 * DEFAULT_ROTATION.rotation_period_ms,
  rotation_period_msgs: 10_000,
}

/** The value, moved into its bounds; the default when it is no integer. */
function bounded(content: Readonly<Record<string, unknown>>, name: keyof RotationPolicy): number {
  const value = Object.hasOwn(content, name) ? content[name] : undefined
  if (typeof value !== 'number' || !Number.isInteger(value)) return DEFAULT_ROTATION[name]
  return Math.min(Math.max(value, MIN_ROTATION[name]), MAX_ROTATION[name])
}

/** Reads the policy from the content of `m.room.encryption`, whatever it is. */
export function rotationPolicyOf(content: unknown): RotationPolicy {
  if (!isJsonObject(content)) return DEFAULT_ROTATION
  return {
    rotation_period_ms: bounded(content, 'rotation_period_ms'),
    rotation_period_msgs: bounded(content, 'rotation_period_msgs'),
  }
}

/** How far an outbound session has been used. */
export interface SessionUse {
  /** When the session was made, in milliseconds. */
  readonly createdAt: number
  /** How many messages it has encrypted. */
  readonly messagesSent: number
  /** Milliseconds, of the same clock. */
  readonly now: number
}

/** Whether the next message needs a new session. A session from the future does: clocks go wrong. */
export function needsRotation(
  { createdAt, messagesSent, now }: SessionUse,
  policy: RotationPolicy = DEFAULT_ROTATION,
): boolean {
  const age = now - createdAt
  const isYoung = age >= 0 && age < policy.rotation_period_ms
  return !isYoung || messagesSent >= policy.rotation_period_msgs
}

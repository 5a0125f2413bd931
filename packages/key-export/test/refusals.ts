/** Changing payloads byte by byte. */
import type { Bytes } from '@roomkeys/crypto/bytes'
import { openPayload, type PayloadKeys, parsePayload } from '../src/payload.ts'
import { caught } from './caught.ts'

/** Salt and rounds: the bytes that the keys depend on. */
export const DERIVING: readonly number[] = [...range(1, 17), ...range(33, 37)]

/** The integers from one to below another. */
export function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)
}

/** How often each refusal came, with these bytes changed one at a time. */
export function refusals(
  payload: Bytes,
  keys: PayloadKeys,
  changes: { readonly positions: readonly number[]; readonly masks: readonly number[] },
): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const position of changes.positions)
    for (const mask of changes.masks) {
      const before = payload[position] ?? 0
      payload[position] = before ^ mask
      const { code } = caught(() => openPayload(parsePayload(payload), keys))
      counts[code] = (counts[code] ?? 0) + 1
      payload[position] = before
    }
  return counts
}

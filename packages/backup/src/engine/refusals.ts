/** Why keys were refused, as long as the engine lives; the store only knows that they were. */
import { addressKey } from '../merge/address-key.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'
import type { Notice } from './notices.ts'
import type { RefusalReason } from './upload.ts'

/** Reasons that are remembered: more are of no use to a person. */
export const MAX_REASONS = 1_000

/** The reasons. */
export interface Refusals {
  readonly note: (notice: Notice) => void
  readonly reasonOf: (address: SessionAddress) => RefusalReason | null
}

/** Remembers the latest reasons. */
export function createRefusals(): Refusals {
  const reasons = new Map<string, RefusalReason>()
  const remember = (key: string, reason: RefusalReason): void => {
    reasons.set(key, reason)
    const [oldest] = reasons.keys()
    if (reasons.size > MAX_REASONS && oldest !== undefined) reasons.delete(oldest)
  }
  return {
    note: (notice) => {
      if (notice.type !== 'keys_refused') return
      for (const key of notice.keys)
        if (key.refused !== null) remember(addressKey(key), key.refused)
    },
    reasonOf: (address) => reasons.get(addressKey(address)) ?? null,
  }
}

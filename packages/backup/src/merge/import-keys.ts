/** Importing a batch of keys into a store, in one transaction. */
import type { BackupVersion } from '@roomkeys/types'
import type { RoomKeyStore, StoredSession } from '../ports/room-key-store.ts'
import { addressKey } from './address-key.ts'
import { type CheckedKey, checkKey, type ImportOutcome, type IncomingKey } from './incoming-key.ts'
import { mergeKey } from './merge-session.ts'

/** How keys are imported. */
export interface ImportKeysOptions {
  /**
   * The version that the keys were read from. A session is marked as stored there if the version holds
   * as good a key as the store keeps, also when the store had it already; else it stays pending.
   */
  readonly heldBy?: BackupVersion
}

/** A key that is to be merged, with its place in the batch. */
interface PlacedKey {
  readonly key: CheckedKey
  readonly position: number
}

function byAddress(
  checked: readonly (CheckedKey | ImportOutcome)[],
): ReadonlyMap<string, readonly PlacedKey[]> {
  const groups = new Map<string, PlacedKey[]>()
  for (const [position, key] of checked.entries()) {
    if (key.outcome !== undefined) continue
    const address = addressKey(key)
    const group = groups.get(address)
    if (group === undefined) groups.set(address, [{ key, position }])
    else group.push({ key, position })
  }
  return groups
}

/**
 * Imports keys, in one transaction of the store.
 *
 * @returns one outcome for each key, in their order
 * @throws BackupError `store` when the store fails; then nothing was written
 */
export async function importKeys(
  store: RoomKeyStore,
  batch: readonly IncomingKey[],
  { heldBy }: ImportKeysOptions = {},
): Promise<readonly ImportOutcome[]> {
  const checked = batch.map(checkKey)
  const groups = byAddress(checked)
  const outcomes = new Map<number, ImportOutcome>()
  const merge = (held: StoredSession | null, { key, position }: PlacedKey): StoredSession => {
    const { session, outcome } = mergeKey(held, key, heldBy)
    outcomes.set(position, { roomId: key.roomId, sessionId: key.sessionId, outcome })
    return session
  }
  const addresses = [...groups.values()].flatMap(([first]) => first?.key ?? [])
  if (addresses.length > 0)
    await store.update(addresses, (held, address) => {
      const group = groups.get(addressKey(address)) ?? []
      const after = group.reduce(merge, held)
      return after === held ? null : after
    })
  return checked.map((key, position) => {
    const outcome = key.outcome === undefined ? outcomes.get(position) : key
    if (outcome === undefined)
      throw new TypeError('The store did not ask what to keep of an address')
    return outcome
  })
}

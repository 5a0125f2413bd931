/**
 * Small records that survive a crash: checkpoints of a restore, intents of a rotation. They hold no
 * secrets.
 */
import type { JsonObject } from '@roomkeys/types'

/** A journal. Records are read back as JSON and parsed by whoever reads them. */
export interface Journal {
  /** The record of this name, or `null`. */
  readonly read: (name: string) => Promise<unknown>
  /** Replaces the record, whole or not at all; it is durable when this resolves. */
  readonly write: (name: string, record: JsonObject) => Promise<void>
  /** Removes the record; one that is not there is no error. */
  readonly remove: (name: string) => Promise<void>
}

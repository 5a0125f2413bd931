/** A journal in memory: it lives as long as the process, and tests of what a crash leaves read it. */
import type { JsonObject } from '@roomkeys/types'
import type { Journal } from '../ports/journal.ts'

/** Makes an empty journal. Records are copied, as any durable journal does. */
export function createMemoryJournal(): Journal {
  const records = new Map<string, JsonObject>()
  return {
    read: (name) => Promise.resolve(structuredClone(records.get(name) ?? null)),
    write: async (name, record) => {
      await Promise.resolve()
      records.set(name, structuredClone(record))
    },
    remove: (name) => {
      records.delete(name)
      return Promise.resolve()
    },
  }
}

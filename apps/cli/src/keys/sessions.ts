/** Sessions in the clear: as JSON lines, or as a JSON array. */
import { exportedSessionDataSchema, type ExportedSessionData, repairSession } from '@roomkeys/types'
import * as v from 'valibot'
import { jsonValues } from '../sources/json-values.ts'

/** A session of a file, or what is none; `position` counts from 0. */
export type SessionItem =
  | { readonly position: number; readonly session: ExportedSessionData }
  | { readonly position: number; readonly malformed: true }

/** The sessions of a file. */
export async function* sessionsIn(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<SessionItem> {
  for await (const item of jsonValues(bytes)) {
    const { position } = item
    const parsed =
      'value' in item
        ? v.safeParse(exportedSessionDataSchema, repairSession(item.value).value)
        : { success: false as const }
    yield parsed.success ? { position, session: parsed.output } : { position, malformed: true }
  }
}

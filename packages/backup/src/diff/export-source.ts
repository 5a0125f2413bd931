/** The records of a key export file as a source. */
import { type ExportedSessionData, roomId, sessionId } from '@roomkeys/types'
import { checkKey } from '../merge/incoming-key.ts'
import type { KeySource, SourceItem } from './source.ts'

function itemOf(record: ExportedSessionData): SourceItem {
  const address = { roomId: roomId(record.room_id), sessionId: sessionId(record.session_id) }
  const provenance = { kind: 'export_file' } as const
  const checked = checkKey({ ...address, session: record, provenance })
  if (checked.outcome !== undefined)
    return { status: 'invalid', ...address, reason: checked.reason, error: checked.error }
  const origins = [{ fromIndex: checked.megolm.index, provenance }]
  return { status: 'session', ...address, copies: [{ session: record, origins }] }
}

/**
 * The keys of an export file.
 *
 * @param records - as the file's reader gives them; an async one can be read once
 */
export function exportSource(
  records: Iterable<ExportedSessionData> | AsyncIterable<ExportedSessionData>,
  name = 'export file',
): KeySource {
  return {
    name,
    origins: 'fixed',
    sessions: async function* ({ signal } = {}) {
      signal?.throwIfAborted()
      for await (const record of records) {
        signal?.throwIfAborted()
        yield itemOf(record)
      }
    },
  }
}

/** What a restore brought: the keys for the file, and what became of every entry, by room. */
import type { EntryNote, EntryOutcome, FailedEntry } from '@roomkeys/backup'
import type { RestoreReport } from '@roomkeys/client'
import type { ExportedSessionData } from '@roomkeys/types'

/** What became of the entries of a room. */
export interface RoomResult {
  readonly roomId: string
  readonly opened: number
  readonly failed: number
}

/** An entry that could not be opened. */
export type Failure = Pick<FailedEntry, 'roomId' | 'sessionId' | 'reason'>

/** A finished restore. */
export interface Restored {
  readonly report: RestoreReport
  /** The opened keys, for an export file. */
  readonly sessions: readonly ExportedSessionData[]
  /** In the order of the backup. */
  readonly rooms: readonly RoomResult[]
  readonly failures: readonly Failure[]
  /** How many opened keys carry each note. */
  readonly notes: ReadonlyMap<EntryNote, number>
}

/** Takes outcomes one by one. */
export interface Collector {
  readonly add: (outcome: EntryOutcome) => void
  readonly finish: (report: RestoreReport) => Restored
}

function countNotes(notes: Map<EntryNote, number>, found: readonly EntryNote[]): void {
  for (const note of new Set(found)) notes.set(note, (notes.get(note) ?? 0) + 1)
}

function countRoom(rooms: Map<string, RoomResult>, { roomId, status }: EntryOutcome): void {
  const { opened, failed } = rooms.get(roomId) ?? { opened: 0, failed: 0 }
  rooms.set(
    roomId,
    status === 'opened'
      ? { roomId, opened: opened + 1, failed }
      : { roomId, opened, failed: failed + 1 },
  )
}

/** Collects outcomes. */
export function createCollector(): Collector {
  const sessions: ExportedSessionData[] = []
  const rooms = new Map<string, RoomResult>()
  const failures: Failure[] = []
  const notes = new Map<EntryNote, number>()
  const add = (outcome: EntryOutcome): void => {
    countRoom(rooms, outcome)
    if (outcome.status === 'opened') {
      sessions.push(outcome.session)
      countNotes(notes, outcome.notes)
    } else {
      const { roomId, sessionId, reason } = outcome
      failures.push({ roomId, sessionId, reason })
    }
  }
  const finish = (report: RestoreReport): Restored => ({
    report,
    sessions,
    rooms: Array.from(rooms.values()),
    failures,
    notes,
  })
  return { add, finish }
}

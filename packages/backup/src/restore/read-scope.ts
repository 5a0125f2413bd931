/** The entries that a restore is asked for, in the caller's order. */
import type { BackupVersion, RoomId } from '@roomkeys/types'
import { callOptions } from '../ports/call-options.ts'
import type { BackupEntry } from '../entry.ts'
import type { RoomKeysApi } from '../ports/room-keys-api.ts'
import type { RestoreOptions, RestoreScope } from './options.ts'

/** What one reading asks for: the keys of a room, or, with `null`, all but those of some rooms. */
export interface Reading {
  readonly roomId: RoomId | null
  readonly entries: AsyncIterable<BackupEntry>
}

type ReadContext = Pick<RestoreOptions, 'api' | 'signal'> & { readonly version: BackupVersion }

function readRoom(context: ReadContext, room: RoomId): Reading {
  const options = { ...callOptions(context), roomId: room }
  return { roomId: room, entries: context.api.readKeys(context.version, options) }
}

type Entries = ReturnType<RoomKeysApi['readKeys']>

async function* filtered(
  entries: Entries,
  rooms: ReadonlySet<string>,
): AsyncGenerator<BackupEntry> {
  for await (const entry of entries) if (!rooms.has(entry.roomId)) yield entry
}

/** A generator more would be a turn more for each entry. */
function without(entries: Entries, rooms: ReadonlySet<string>): Entries {
  return rooms.size === 0 ? entries : filtered(entries, rooms)
}

async function* readSession(
  context: ReadContext,
  address: Extract<RestoreScope, { readonly kind: 'session' }>,
): AsyncGenerator<BackupEntry> {
  const { roomId, sessionId } = address
  const data = await context.api.readKey(context.version, address, callOptions(context))
  if (data !== null) yield { roomId, sessionId, data }
}

/** The readings of a scope; each asks the server for nothing before it is begun. */
export function* readingsOf(scope: RestoreScope, context: ReadContext): Generator<Reading> {
  switch (scope.kind) {
    case 'session':
      yield { roomId: scope.roomId, entries: readSession(context, scope) }
      return
    case 'rooms':
      for (const room of new Set(scope.rooms)) yield readRoom(context, room)
      return
    case 'everything': {
      const first = new Set(scope.first)
      for (const room of first) yield readRoom(context, room)
      const rest = context.api.readKeys(context.version, callOptions(context))
      yield { roomId: null, entries: without(rest, first) }
    }
  }
}

import { EntryError, type EntryOutcome } from '@roomkeys/backup'
import type { RestoreReport } from '@roomkeys/client'
import { backupVersion, roomId, sessionId } from '@roomkeys/types'
import { describe, expect, it } from 'vitest'
import { createCollector, type Restored } from './restored.ts'

const REPORT: RestoreReport = {
  version: backupVersion('1'),
  result: 'partial',
  total: 0,
  opened: 0,
  failed: 0,
  failures: {},
  missing: 0,
}

function opened(room: string, session: string): EntryOutcome {
  return {
    status: 'opened',
    roomId: roomId(room),
    sessionId: sessionId(session),
    session: {
      algorithm: 'm.megolm.v1.aes-sha2',
      forwarding_curve25519_key_chain: [],
      sender_key: '',
      sender_claimed_keys: {},
      session_key: '',
      room_id: room,
      session_id: session,
    },
    firstMessageIndex: 0,
    mac: 'libolm',
    backupMac: 'missing',
    unauthenticated: null,
    notes: ['forwarded', 'forwarded'],
  }
}

function failed(room: string, session: string): EntryOutcome {
  const error = new EntryError('mac_mismatch', 'The MAC does not match')
  const ids = { roomId: roomId(room), sessionId: sessionId(session) }
  return { status: 'failed', ...ids, reason: error.reason, error }
}

function collected(outcomes: readonly EntryOutcome[]): Restored {
  const collector = createCollector()
  outcomes.forEach(collector.add)
  return collector.finish(REPORT)
}

describe('createCollector', () => {
  it('counts by room, in the order of the backup, whatever the rooms are called', () => {
    const { rooms } = collected([
      opened('!b', '1'),
      failed('__proto__', '1'),
      failed('!b', '2'),
      opened('__proto__', '2'),
      opened('!b', '3'),
    ])
    expect(rooms).toEqual([
      { roomId: '!b', opened: 2, failed: 1 },
      { roomId: '__proto__', opened: 1, failed: 1 },
    ])
  })

  it('names each failure with its reason, and keeps nothing else of it', () => {
    const { failures } = collected([opened('!a', '1'), failed('!a', '2')])
    expect(failures).toEqual([{ roomId: '!a', sessionId: '2', reason: 'mac_mismatch' }])
  })

  it('counts the keys that carry a note', () => {
    expect(collected([opened('!a', '1'), opened('!a', '2')]).notes).toEqual(
      new Map([['forwarded', 2]]),
    )
  })

  it('loses no outcome', () => {
    const outcomes = Array.from({ length: 500 }, (_, n) =>
      n % 3 === 0 ? failed(`!${n % 7}`, `${n}`) : opened(`!${n % 11}`, `${n}`),
    )
    const { rooms, sessions, failures } = collected(outcomes)
    const inRooms = rooms.reduce((sum, room) => sum + room.opened + room.failed, 0)
    expect([sessions.length, failures.length, inRooms]).toEqual([333, 167, 500])
  })
})

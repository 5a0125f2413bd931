/** Work on files alone: key files, events, attachments. */
import { encryptKeyExport } from '@roomkeys/key-export'
import {
  createOutboundSession,
  exportAt,
  type OutboundSession,
  sessionIdOf,
} from '@roomkeys/megolm'
import { encryptRoomEvent } from '@roomkeys/megolm/room-event'
import type { ExportedSessionData } from '@roomkeys/types'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as v from 'valibot'
import { schema as attachmentDecryptSchema } from '../../src/schemas/attachment-decrypt.ts'
import { schema as attachmentEncryptSchema } from '../../src/schemas/attachment-encrypt.ts'
import { schema as eventsSchema } from '../../src/schemas/events-decrypt.ts'
import { schema as decryptSchema } from '../../src/schemas/file-decrypt.ts'
import { schema as encryptSchema } from '../../src/schemas/file-encrypt.ts'
import { schema as filterSchema } from '../../src/schemas/file-filter.ts'
import { schema as mergeSchema } from '../../src/schemas/file-merge.ts'
import { expectDocument, expectLines, expectNoSecret } from './expectations.ts'
import { account, call, type Folder, makeFolder, readVector, type Result } from './world.ts'

const PASSPHRASE = 'three short words'
const ROOM = '!events:example.org'

let folder: Folder

beforeAll(async () => {
  folder = await makeFolder()
})
afterAll(async () => {
  await folder.remove()
})

async function go(...args: readonly string[]): Promise<Result> {
  const env = { ROOMKEYS_PASSPHRASE: PASSPHRASE, MATRIX_RECOVERY_KEY: account.backup.recovery_key }
  const result = await call(args, { env, home: folder.path('.') })
  expectNoSecret(result, [PASSPHRASE, account.backup.recovery_key])
  return result
}

function recordOf(session: OutboundSession, index: number, roomId = ROOM): ExportedSessionData {
  return {
    algorithm: 'm.megolm.v1.aes-sha2',
    room_id: roomId,
    session_id: sessionIdOf(session),
    session_key: exportAt(session, index),
    sender_key: 'sender',
    sender_claimed_keys: {},
    forwarding_curve25519_key_chain: [],
  }
}

async function keyFile(name: string, records: readonly ExportedSessionData[]): Promise<string> {
  return folder.write(name, await encryptKeyExport(records, PASSPHRASE))
}

const [first, second] = [createOutboundSession(), createOutboundSession()]

describe('file', () => {
  test('decrypts what other clients wrote', async () => {
    const { files } = await readVector(
      'key-export-rust.json',
      v.looseObject({
        files: v.array(
          v.looseObject({ passphrase: v.string(), file: v.string(), sessions: v.number() }),
        ),
      }),
    )
    for (const { passphrase, file, sessions } of files) {
      const path = await folder.write('rust.txt', file)
      const secret = await folder.write('rust.pass', passphrase)
      const args = ['--passphrase-file', secret, '-o', folder.path('rust.json'), '--yes', '--json']
      const document = expectDocument(await go('file', 'decrypt', path, ...args), decryptSchema)
      expect(document).toMatchObject({ sessions, malformed: 0 })
      expect(JSON.parse(await readFile(folder.path('rust.json'), 'utf8'))).toHaveLength(sessions)
    }
  })

  test('goes to JSON and back, as an array and as lines', async () => {
    const records = [recordOf(first, 0), recordOf(second, 3)]
    const path = await keyFile('there.txt', records)
    for (const format of ['json', 'jsonl']) {
      const plain = folder.path(`plain.${format}`)
      const result = await go('file', 'decrypt', path, '-o', plain, '--format', format)
      expect(result.code).toBe(0)
      expect((await stat(plain)).mode & 0o777).toBe(0o600)
      const back = folder.path(`back-${format}.txt`)
      const encrypted = await go('file', 'encrypt', plain, '-o', back, '--json')
      expect(expectDocument(encrypted, encryptSchema)).toMatchObject({ sessions: 2 })
      const shown = await go('file', 'decrypt', back, '-o', '-')
      expect(JSON.parse(shown.stdout)).toStrictEqual(records)
    }
  })

  test('what is no session costs no other, and the end is 5', async () => {
    const plain = await folder.write(
      'mixed.jsonl',
      `${JSON.stringify(recordOf(first, 0))}\n{"a":1}\nx\n`,
    )
    const result = await go('file', 'encrypt', plain, '-o', folder.path('mixed.txt'), '--json')
    expect(result.code).toBe(5)
    expect(expectDocument(result, encryptSchema)).toMatchObject({ sessions: 1, malformed: 2 })
  })

  test('filters rooms and sessions', async () => {
    const path = await keyFile('rooms.txt', [recordOf(first, 0), recordOf(second, 0, '!b:x')])
    const target = folder.path('filtered.txt')
    const result = await go('file', 'filter', path, '-o', target, '--room', '!b:x', '--json')
    expect(expectDocument(result, filterSchema)).toMatchObject({ sessions: 1 })
    const shown = await go('file', 'decrypt', target, '-o', '-', '--format', 'jsonl')
    expect(JSON.parse(shown.stdout)).toMatchObject({ room_id: '!b:x' })
    expect((await go('file', 'filter', path, '-o', target)).code).toBe(2)
    const none = ['file', 'filter', path, '-o', folder.path('no.txt'), '--room', '!c:x']
    expect((await go(...none)).code).toBe(6)
  })

  test('merges to the better copy of each session', async () => {
    const a = await keyFile('a.txt', [recordOf(first, 5), recordOf(second, 0)])
    const other = await folder.write('other.pass', 'another one')
    const b = await folder.write(
      'b.txt',
      await encryptKeyExport([recordOf(first, 2)], 'another one'),
    )
    const target = folder.path('merged.txt')
    const args = ['file', 'merge', a, b, '-o', target, '--second-passphrase-file', other, '--json']
    const document = expectDocument(await go(...args), mergeSchema)
    expect(document).toMatchObject({ read: 3, sessions: 2, outcomes: { added: 2, improved: 1 } })
    const shown = await go('file', 'decrypt', target, '-o', '-')
    const sessions = v.parse(
      v.array(v.looseObject({ session_key: v.string() })),
      JSON.parse(shown.stdout),
    )
    expect(sessions.map(({ session_key }) => session_key)).toContain(exportAt(first, 2))
  })

  test('wrong passphrases, other files and dry runs leave nothing behind', async () => {
    const path = await keyFile('key.txt', [recordOf(first, 0)])
    const before = await readdir(folder.path('.'))
    const wrong = await folder.write('wrong.pass', 'not this')
    const target = folder.path('never.json')
    const args = ['file', 'decrypt', path, '-o', target]
    expect((await go(...args, '--passphrase-file', wrong)).code).toBe(4)
    expect((await go('file', 'decrypt', wrong, '-o', target)).code).toBe(1)
    expect((await go(...args, '--dry-run')).code).toBe(0)
    expect((await go('file', 'decrypt', folder.path('missing'), '-o', target)).code).toBe(6)
    const after = await readdir(folder.path('.'))
    expect(after.toSorted()).toStrictEqual([...before, 'wrong.pass'].toSorted())
  })
})

function eventOf(session: OutboundSession, id: string, body: string) {
  const event = { type: 'm.room.message', content: { msgtype: 'm.text', body }, roomId: ROOM }
  const { content, next } = encryptRoomEvent(session, event)
  const wire = { type: 'm.room.encrypted', event_id: id, room_id: ROOM, sender: '@a:x', content }
  return { wire, next }
}

describe('events decrypt', () => {
  const one = eventOf(first, '$1', 'hello')
  const two = eventOf(one.next, '$2', 'again')
  const strange = eventOf(second, '$3', 'lost')
  const plain = { type: 'm.room.member', event_id: '$0', room_id: ROOM, content: {} }
  const replayed = { ...one.wire, event_id: '$4' }
  const events = [plain, one.wire, two.wire, strange.wire, replayed, 7]

  test('decrypts lines and arrays, and says what it could not', async () => {
    const keys = await keyFile('events.txt', [recordOf(first, 0)])
    const lines = await folder.write(
      'e.jsonl',
      events.map((event) => JSON.stringify(event)).join('\n'),
    )
    const array = await folder.write('e.json', JSON.stringify(events, null, 2))
    for (const file of [lines, array]) {
      const result = await go('events', 'decrypt', file, '--keys', keys)
      expect(result.code).toBe(5)
      expect(expectLines(result, eventsSchema)).toMatchObject([
        { status: 'not_encrypted', event: plain },
        { status: 'decrypted', index: 0, event: { event_id: '$1', content: { body: 'hello' } } },
        { status: 'decrypted', index: 1, event: { event_id: '$2', content: { body: 'again' } } },
        { status: 'failed', event_id: '$3', reason: 'key_missing' },
        { status: 'failed', event_id: '$4', reason: 'replay' },
        { status: 'failed', event_id: null, reason: 'malformed_event' },
      ])
    }
  })

  test('takes sessions in the clear, events from standard input, and the room from an option', async () => {
    const keys = await folder.write('keys.jsonl', JSON.stringify(recordOf(first, 0)))
    const bare = { ...one.wire, room_id: undefined }
    const options = { env: {}, home: folder.path('.'), stdin: JSON.stringify(bare) }
    const without = await call(['events', 'decrypt', '-', '--keys', keys], options)
    expect(expectLines(without, eventsSchema)).toMatchObject([{ reason: 'room_unknown' }])
    const args = ['events', 'decrypt', '-', '--keys', keys, '--room', ROOM]
    const named = await call(args, options)
    expect(named.code).toBe(0)
    expect(expectLines(named, eventsSchema)).toMatchObject([{ status: 'decrypted' }])
  })

  test('takes the keys of a snapshot', async () => {
    const snapshot = await folder.write('snapshot.json', JSON.stringify(account.backup.keys))
    const file = await folder.write('one.jsonl', JSON.stringify(one.wire))
    const result = await go('events', 'decrypt', file, '--keys', snapshot)
    expect(expectLines(result, eventsSchema)).toMatchObject([{ reason: 'key_missing' }])
  })

  test('a file without keys ends with 6, one of something else with 1', async () => {
    const file = await folder.write('one.jsonl', JSON.stringify(one.wire))
    expect(
      (await go('events', 'decrypt', file, '--keys', await folder.write('n', '[]'))).code,
    ).toBe(6)
    expect((await go('events', 'decrypt', file, '--keys', await folder.write('n', 'x'))).code).toBe(
      1,
    )
  })
})

describe('attachment', () => {
  test('goes there and back', async () => {
    const path = await folder.write('photo', 'a picture '.repeat(100_000))
    const [sealed, info] = [folder.path('photo.bin'), folder.path('photo.json')]
    const encrypted = await go(
      'attachment',
      'encrypt',
      path,
      '-o',
      sealed,
      '--info',
      info,
      '--json',
    )
    expect(expectDocument(encrypted, attachmentEncryptSchema)).toMatchObject({ bytes: 1_000_000 })
    expect((await stat(info)).mode & 0o777).toBe(0o600)
    const key = v.parse(
      v.looseObject({ key: v.looseObject({ k: v.string() }) }),
      JSON.parse(await readFile(info, 'utf8')),
    )
    expectNoSecret(encrypted, [key.key.k])
    const event = await folder.write('event.json', JSON.stringify({ content: { file: key } }))
    const back = folder.path('back')
    for (const description of [info, event]) {
      const args = ['decrypt', sealed, '-o', back, '--info', description, '--yes', '--json']
      const document = expectDocument(await go('attachment', ...args), attachmentDecryptSchema)
      expect(document).toMatchObject({ bytes: 1_000_000 })
      expect(await readFile(back, 'utf8')).toBe(await readFile(path, 'utf8'))
    }
  })

  test('what was changed is never written', async () => {
    const path = await folder.write('small', 'a picture')
    const [sealed, info] = [folder.path('small.bin'), folder.path('small.json')]
    expect((await go('attachment', 'encrypt', path, '-o', sealed, '--info', info)).code).toBe(0)
    const bytes = await readFile(sealed)
    bytes[0] = (bytes[0] ?? 0) ^ 1
    await writeFile(sealed, bytes)
    const target = folder.path('forged')
    const args = ['attachment', 'decrypt', sealed, '-o', target]
    expect((await go(...args, '--info', info)).code).toBe(1)
    expect((await go(...args, '--info', await folder.write('bad.json', 'x'))).code).toBe(1)
    await expect(stat(target)).rejects.toThrow('ENOENT')
  })
})

/** Downloads that break off anywhere, and what the next one makes of their part. */
import { createHomeserver, type Homeserver } from '@roomkeys/transport'
import { backupVersionInfoSchema, parseWire } from '@roomkeys/types'
import { readFile, stat } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Downloaded, download } from '../../src/sources/download.ts'
import { account, type Folder, makeFolder } from './world.ts'

const version = parseWire(
  backupVersionInfoSchema,
  { ...Object(account.backup.version), count: 17, etag: '7', version: '1' },
  'version',
)

/** Rooms of up to 180 kB, which is more than a piece, and together more than is written at once. */
const rooms = Object.fromEntries(
  ['!small', '!"odd" \\ ü', '!large', '__proto__x', '!empty', '!last'].map((id, i) => {
    const sessions = Array.from({ length: [1, 2, 6, 3, 0, 5][i] ?? 0 }, (_, s) => [
      `${s}`,
      { session_data: 'x'.repeat(30_000 - s) },
    ])
    return [id, { sessions: Object.fromEntries(sessions) as unknown }]
  }),
)
const body = new TextEncoder().encode(
  JSON.stringify({ rooms })
    .replace('__proto__x', '__proto__')
    .replace('"!large"', '"\\u0021large"'),
)
const whole: unknown = JSON.parse(new TextDecoder().decode(body))
const PIECE_LENGTH = 7_001

/** A homeserver whose answer breaks off after so many bytes. */
function breakingAfter(length: number): Homeserver {
  const answer = (): Response => {
    let from = 0
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const end = Math.min(from + PIECE_LENGTH, length)
        if (from < end) controller.enqueue(body.slice(from, end))
        else if (length < body.length) controller.error(new Error('reset'))
        else controller.close()
        from = end
      },
    })
    return new Response(stream, { headers: { 'content-type': 'application/json' } })
  }
  const fetch = () => Promise.resolve(answer())
  return createHomeserver({ baseUrl: 'https://example.org', fetch, maxRetries: 0 })
}

let folder: Folder
beforeEach(async () => {
  folder = await makeFolder()
})
afterEach(async () => {
  await folder.remove()
})

async function downloadOf(length: number): Promise<readonly [Downloaded, readonly number[]]> {
  const counts: number[] = []
  const downloaded = await download({
    homeserver: breakingAfter(length),
    version,
    path: folder.path('snapshot.json'),
    signal: new AbortController().signal,
    onProgress: (entries) => counts.push(entries),
  })
  return [downloaded, counts]
}

async function expectWhole({ record }: Downloaded): Promise<void> {
  const path = folder.path('snapshot.json')
  expect(JSON.parse(await readFile(path, 'utf8'))).toStrictEqual(whole)
  expect(record).toMatchObject({ entries: 17, rooms: 6, bytes: (await stat(path)).size })
}

describe('download', () => {
  test('writes every room', async () => {
    const [downloaded, counts] = await downloadOf(body.length)
    await expectWhole(downloaded)
    expect(downloaded.resumedRooms).toBe(0)
    expect(counts).toStrictEqual(counts.toSorted((a, b) => a - b))
    expect(counts.at(-1)).toBe(17)
  })

  test('goes on wherever it broke off, with every room that came whole', async () => {
    const text = new TextDecoder('latin1').decode(body)
    const ends = Array.from(
      text.matchAll(/\}\}(?=,"|\}\}$)|\{"sessions":\{\}\}/g),
      ({ index, 0: end }) => index + end.length,
    )
    expect(ends).toHaveLength(6)
    const places = [0, 9, 12, ...ends.flatMap((end) => [end - 1, end, end + 1, end + 4_000])]
    for (const place of places.filter((one) => one < body.length)) {
      await expect(downloadOf(place)).rejects.toThrow()
      const [downloaded] = await downloadOf(body.length)
      expect(downloaded.resumedRooms, `${place}`).toBe(ends.filter((end) => end <= place).length)
      await expectWhole(downloaded)
      await folder.remove()
      folder = await makeFolder()
    }
  })

  test('goes on more than once', async () => {
    for (const place of [100_000, 5, 300_000, 200_000])
      await expect(downloadOf(place)).rejects.toThrow()
    const [downloaded] = await downloadOf(body.length)
    expect(downloaded.resumedRooms).toBe(3)
    await expectWhole(downloaded)
  })
})

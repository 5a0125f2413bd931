/** Ctrl-C in a process of its own: no half file is left, and the next run goes on. */
import { isJsonObject } from '@roomkeys/types'
import { readdir, readFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { schema as downloadSchema } from '../../src/schemas/download.ts'
import { expectDocument } from './expectations.ts'
import { type StallingServer, startStalling } from './stalling-server.ts'
import { account, type Folder, makeFolder, type Result, spawnCall } from './world.ts'

const body = JSON.stringify(account.backup.keys)
const version = {
  ...(isJsonObject(account.backup.version) ? account.backup.version : {}),
  count: 250,
  etag: '7',
  version: '1',
}
/** Between the third room's end and the fourth's. */
const stopAfter = Math.floor(body.length / 2)

let server: StallingServer
let folder: Folder

beforeEach(async () => {
  server = await startStalling({ body, version, stopAfter, stops: 1 })
  folder = await makeFolder()
})
afterEach(async () => {
  await server.close()
  await folder.remove()
})

function start(args: readonly string[]) {
  const env = {
    ROOMKEYS_ACCESS_TOKEN: 'a_token',
    MATRIX_HOMESERVER: server.url,
    MATRIX_RECOVERY_KEY: account.backup.recovery_key,
    ROOMKEYS_PASSPHRASE: 'three short words',
  }
  return spawnCall(args, { env, home: folder.path('.') })
}

async function interrupted(args: readonly string[]): Promise<Result> {
  const child = start(args)
  await server.stalled()
  // What was sent has arrived once the process had time for it; it stops in any case.
  await new Promise((resolve) => setTimeout(resolve, 300))
  child.interrupt()
  return child.result
}

test('download keeps the rooms that came whole, and goes on', async () => {
  const path = folder.path('snapshot.json')
  const first = await interrupted(['download', '-o', path])
  expect(first).toMatchObject({ code: 130 })
  expect(first.stderr).toContain('Run the same command')
  const left = await readdir(folder.path('.'))
  expect(left.toSorted()).toStrictEqual(['snapshot.json.part', 'snapshot.json.part.json'])
  const second = await start(['download', '-o', path, '--json']).result
  expect(expectDocument(second, downloadSchema)).toMatchObject({
    entries: 250,
    rooms: 7,
    resumed_rooms: 3,
  })
  expect(JSON.parse(await readFile(path, 'utf8'))).toStrictEqual(account.backup.keys)
  const files = await readdir(folder.path('.'))
  expect(files.toSorted()).toStrictEqual(['snapshot.json', 'snapshot.json.json'])
})

test('download starts over when the backup has changed', async () => {
  const path = folder.path('snapshot.json')
  await interrupted(['download', '-o', path])
  server.replaceVersion({ ...version, etag: '8' })
  const second = await start(['download', '-o', path, '--json']).result
  expect(expectDocument(second, downloadSchema)).toMatchObject({ entries: 250, resumed_rooms: 0 })
  expect(JSON.parse(await readFile(path, 'utf8'))).toStrictEqual(account.backup.keys)
})

test('export leaves nothing behind', async () => {
  for (const format of ['key-export', 'jsonl']) {
    const result = await interrupted(['export', '-o', folder.path('keys.txt'), '--format', format])
    expect(result).toMatchObject({ code: 130 })
    expect(result.stderr).toContain('Nothing was written')
    expect(await readdir(folder.path('.'))).toStrictEqual([])
    await server.close()
    server = await startStalling({ body, version, stopAfter, stops: 1 })
  }
})

test('verify is interrupted', async () => {
  expect(await interrupted(['verify'])).toMatchObject({ code: 130 })
})

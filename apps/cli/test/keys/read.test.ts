/** Getting keys out of a backup: download, verify, export, decrypt, diff. */
import { readFile, stat, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as v from 'valibot'
import { encodeDecryptionKey, generateDecryptionKey } from '@roomkeys/backup'
import { decryptKeyExport } from '@roomkeys/key-export'
import { schema as decryptSchema } from '../../src/schemas/decrypt.ts'
import { schema as diffSchema } from '../../src/schemas/diff.ts'
import { schema as downloadSchema } from '../../src/schemas/download.ts'
import { schema as exportSchema } from '../../src/schemas/export.ts'
import { schema as verifySchema } from '../../src/schemas/verify.ts'
import { expectDocument, expectLines, expectNoSecret } from './expectations.ts'
import {
  account,
  call,
  type Folder,
  makeFolder,
  type Result,
  signedIn,
  openStore,
  startWorld,
  type Store,
  type World,
} from './world.ts'

const PASSPHRASE = 'three short words'
const ODD_ROOM = '!odd/room%2Fid +ü:example.org'

let store: Store
let world: World
let folder: Folder
let snapshot: string
let env: Record<string, string>

beforeAll(async () => {
  store = await openStore()
  world = await startWorld(store)
  folder = await makeFolder()
  env = {
    ...signedIn(world),
    MATRIX_RECOVERY_KEY: world.recoveryKey,
    ROOMKEYS_PASSPHRASE: PASSPHRASE,
  }
  snapshot = folder.path('snapshot.json')
  await go('download', '-o', snapshot)
})
afterAll(async () => {
  await world.close()
  await store.close()
  await folder.remove()
})

async function go(...args: readonly string[]): Promise<Result> {
  const result = await call(args, { env, home: folder.path('.') })
  expectNoSecret(result, [world.recoveryKey, world.storageKey, world.token, PASSPHRASE])
  return result
}

async function goWith(more: Record<string, string>, ...args: readonly string[]): Promise<Result> {
  return call(args, { env: { ...env, ...more }, home: folder.path('.') })
}

const strangeKey = encodeDecryptionKey(generateDecryptionKey())

/** A snapshot with one entry that is damaged, and no record beside it. */
async function damaged(name: string): Promise<string> {
  const text = await readFile(snapshot, 'utf8')
  return folder.write(name, text.replace(/"mac":"..../, '"mac":"AAAA'))
}

describe('download', () => {
  test('writes what the server gave, for the owner alone, with a record beside it', async () => {
    const path = folder.path('again.json')
    const document = expectDocument(await go('download', '-o', path, '--json'), downloadSchema)
    expect(document).toMatchObject({ entries: 250, rooms: 7, resumed_rooms: 0, changed: false })
    expect(JSON.parse(await readFile(path, 'utf8'))).toStrictEqual(account.backup.keys)
    for (const file of [path, `${path}.json`]) expect((await stat(file)).mode & 0o777).toBe(0o600)
    await expect(stat(`${path}.part`)).rejects.toThrow('ENOENT')
    await expect(stat(`${path}.part.json`)).rejects.toThrow('ENOENT')
  })

  test('replaces no file unasked, and writes none in a dry run', async () => {
    expect((await go('download', '-o', snapshot)).code).toBe(2)
    const path = folder.path('dry.json')
    expect((await go('download', '-o', path, '--dry-run')).code).toBe(0)
    await expect(stat(path)).rejects.toThrow('ENOENT')
  })

  test('ends with 6 for a version that is not there, with 3 without a sign-in', async () => {
    const path = folder.path('none.json')
    expect((await go('download', '-o', path, '--backup-version', '77')).code).toBe(6)
    const none = { home: folder.path('.'), env: {} }
    expect((await call(['download', '-o', path], none)).code).toBe(3)
    expect((await go('download', '-o', '-')).code).toBe(2)
  })
})

describe('verify', () => {
  test('audits the server and a snapshot alike', async () => {
    const live = expectDocument(await go('verify', '--json'), verifySchema)
    expect(live).toMatchObject({ result: 'sound', entries: 250, statuses: { opened: 250 } })
    const offline = expectDocument(await go('verify', snapshot, '--json'), verifySchema)
    expect(offline).toMatchObject({ result: 'sound', entries: 250 })
    expect((await go('verify', snapshot)).stdout).toContain('250 keys in 7 rooms')
  })

  test('without a key it says that only the structure was read', async () => {
    const result = await go('verify', snapshot, '--structure-only', '--json')
    expect(expectDocument(result, verifySchema)).toMatchObject({ result: 'structure_only' })
    expect(result.code).toBe(0)
  })

  test('ends with 5 for a damaged entry and names it', async () => {
    const result = await go('verify', await damaged('damaged.json'), '--json')
    expect(result.code).toBe(5)
    expect(expectDocument(result, verifySchema)).toMatchObject({
      result: 'failing',
      findings: { mac_mismatch: 1 },
      listed: [{ status: 'failed', findings: ['mac_mismatch'] }],
    })
  })

  test('ends with 4 for another key, and for a typo', async () => {
    const other = { MATRIX_RECOVERY_KEY: strangeKey }
    expect((await goWith(other, 'verify')).code).toBe(4)
    expect((await goWith(other, 'verify', snapshot)).code).toBe(4)
    const typo = { MATRIX_RECOVERY_KEY: world.recoveryKey.replace(/.$/, 'x') }
    expect((await goWith(typo, 'verify', snapshot)).code).toBe(4)
  })

  test('ends with 2 with nobody to ask for the key, with 1 for another file, with 6 for none', async () => {
    const bare = { env: signedIn(world), home: folder.path('.') }
    expect((await call(['verify', snapshot], bare)).code).toBe(2)
    expect((await go('verify', await folder.write('x.json', '[1, 2]'))).code).toBe(1)
    expect((await go('verify', folder.path('nothing.json'))).code).toBe(6)
  })
})

describe('export', () => {
  test('writes a key file that opens', async () => {
    const path = folder.path('keys.txt')
    const document = expectDocument(await go('export', '-o', path, '--json'), exportSchema)
    expect(document).toMatchObject({ exported: 250, failed: {} })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const { entries } = await decryptKeyExport(await readFile(path, 'utf8'), PASSPHRASE)
    expect(entries).toHaveLength(250)
  })

  test('takes rooms and sessions out of a snapshot and of the server', async () => {
    const path = folder.path('some.jsonl')
    const from = [[], ['--from', snapshot]] as const
    for (const where of from) {
      const args = ['-o', path, '--format', 'jsonl', '--room', ODD_ROOM, '--yes', ...where]
      expect((await go('export', ...args)).code).toBe(0)
      const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
      expect(lines).toHaveLength(36)
      const { session_id } = v.parse(
        v.looseObject({ session_id: v.string() }),
        JSON.parse(lines[0] ?? ''),
      )
      expect((await go('export', ...args, '--session', session_id)).code).toBe(0)
      expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(2)
    }
  })

  test('ends with 5 and gives the reasons when a part was exported', async () => {
    const path = folder.path('part.txt')
    const result = await go(
      'export',
      '-o',
      path,
      '--from',
      await damaged('damaged-2.json'),
      '--json',
    )
    expect(result.code).toBe(5)
    const document = { exported: 249, failed: { mac_mismatch: 1 } }
    expect(expectDocument(result, exportSchema)).toMatchObject(document)
    expect(result.stderr).toContain('mac_mismatch 1')
  })

  test('writes nothing for another key, or when nothing is found', async () => {
    const path = folder.path('empty.txt')
    const plain = await folder.write('no-record.json', await readFile(snapshot, 'utf8'))
    const other = { MATRIX_RECOVERY_KEY: strangeKey }
    expect((await goWith(other, 'export', '-o', path, '--from', plain)).code).toBe(4)
    for (const format of ['jsonl', 'key-export']) {
      const args = ['export', '-o', path, '--format', format, '--room', '!none:example.org']
      expect((await go(...args)).code).toBe(6)
    }
    await expect(stat(path)).rejects.toThrow('ENOENT')
  })
})

describe('decrypt', () => {
  test('prints one line an entry, and ends with 5 when one failed', async () => {
    const whole = await go('decrypt', snapshot)
    expect(whole.code).toBe(0)
    expect(expectLines(whole, decryptSchema)).toHaveLength(250)
    const part = await go('decrypt', await damaged('damaged-3.json'))
    expect(part.code).toBe(5)
    const lines = expectLines(part, decryptSchema)
    expect(lines.filter((line) => JSON.stringify(line).includes('"failed"'))).toHaveLength(1)
  })

  test('ends with 4 when no entry is of the key', async () => {
    const plain = await folder.write('no-record-2.json', await readFile(snapshot, 'utf8'))
    expect((await goWith({ MATRIX_RECOVERY_KEY: strangeKey }, 'decrypt', plain)).code).toBe(4)
  })

  test('a snapshot that breaks off gives the entries before, and ends with 5', async () => {
    const text = await readFile(snapshot, 'utf8')
    const cut = await folder.write('cut.json', text.slice(0, text.length / 2))
    const result = await go('decrypt', cut)
    expect(result.code).toBe(5)
    expect(result.stderr).toContain('breaks off')
    expect(expectLines(result, decryptSchema).length).toBeGreaterThan(50)
  })
})

describe('diff', () => {
  test('compares the server, a snapshot and a key file', async () => {
    const all = folder.path('all.txt')
    const room = folder.path('room.txt')
    await go('export', '-o', all)
    await go('export', '-o', room, '--room', ODD_ROOM)
    const same = await go('diff', 'server', all, '--json')
    expect(expectLines(same, diffSchema)).toMatchObject([{ type: 'finished', equal: 250 }])
    const less = await go('diff', room, snapshot, '--json')
    const lines = expectLines(less, diffSchema)
    expect(lines).toHaveLength(250 - 36 + 1)
    expect(lines.at(-1)).toMatchObject({ equal: 36, differences: { missing_in_a: 214 } })
    expect((await go('diff', room, snapshot)).stdout).toContain('missing_in_a !')
  })

  test('takes sessions in the clear, and other secrets for the second', async () => {
    const plain = folder.path('plain.jsonl')
    const other = folder.path('other.txt')
    await go('export', '-o', plain, '--format', 'jsonl')
    await goWith({ ROOMKEYS_PASSPHRASE: 'another one' }, 'export', '-o', other)
    const passphrase = await folder.write('passphrase', 'another one\n')
    const args = ['diff', plain, other, '--second-passphrase-file', passphrase, '--json']
    expect(expectLines(await go(...args), diffSchema)).toMatchObject([{ equal: 250 }])
  })

  test('ends with 5 when something cannot be read, with 1 or 2 for places that are none', async () => {
    const result = await go('diff', await damaged('damaged-4.json'), 'server', '--json')
    expect(result.code).toBe(5)
    expect(expectLines(result, diffSchema).at(-1)).toMatchObject({
      differences: { invalid_in_a: 1, missing_in_a: 1 },
    })
    expect((await go('diff', 'server', 'server')).code).toBe(2)
    await writeFile(folder.path('nonsense'), 'nonsense')
    expect((await go('diff', 'server', folder.path('nonsense'))).code).toBe(1)
    expect(
      (await goWith({ ROOMKEYS_PASSPHRASE: 'no' }, 'diff', snapshot, folder.path('all.txt'))).code,
    ).toBe(4)
  })
})

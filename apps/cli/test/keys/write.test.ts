/** Moving the keys of a backup: import, rotate, migrate. */
import { encodeDecryptionKey, generateDecryptionKey } from '@roomkeys/backup'
import { deleteRoomKeys, getCurrentBackupVersion } from '@roomkeys/transport'
import { readdir, readFile, stat } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { schema as importSchema } from '../../src/schemas/import.ts'
import { schema as migrateSchema } from '../../src/schemas/migrate.ts'
import { schema as rotateSchema } from '../../src/schemas/rotate.ts'
import { expectDocument, expectNoSecret } from './expectations.ts'
import {
  type CallOptions,
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

let store: Store
let world: World
let folder: Folder

beforeAll(async () => {
  store = await openStore()
})
afterAll(async () => {
  await store.close()
})
beforeEach(async () => {
  world = await startWorld(store)
  folder = await makeFolder()
})
afterEach(async () => {
  await world.close()
  await folder.remove()
})

async function goWith(
  key: string,
  args: readonly string[],
  more: Partial<CallOptions> = {},
): Promise<Result> {
  const env = {
    ...signedIn(world),
    MATRIX_RECOVERY_KEY: key,
    ROOMKEYS_PASSPHRASE: PASSPHRASE,
    XDG_STATE_HOME: folder.path('state'),
  }
  const result = await call(args, { env, home: folder.path('.'), ...more })
  expectNoSecret(result, [world.recoveryKey, world.storageKey, world.token, PASSPHRASE])
  return result
}

const go = (...args: readonly string[]): Promise<Result> => goWith(world.recoveryKey, args)
const withStorage = (...args: readonly string[]): Promise<Result> => goWith(world.storageKey, args)

async function current() {
  return getCurrentBackupVersion(world.homeserver)
}

/** Empties the backup, after its keys went into a file. */
async function emptied(): Promise<string> {
  const path = folder.path('keys.txt')
  expect((await go('export', '-o', path)).code).toBe(0)
  const version = (await current())?.version
  if (version === undefined) throw new Error('There is no backup')
  await deleteRoomKeys(world.homeserver, { version })
  return path
}

describe('import', () => {
  test('shows, then uploads what is missing, and nothing the second time', async () => {
    const path = await emptied()
    const dry = expectDocument(await go('import', path, '--dry-run', '--json'), importSchema)
    expect(dry).toMatchObject({ dry_run: true, would_upload: 250, pushed: {} })
    expect((await current())?.count).toBe(0)
    expect((await go('import', path)).code).toBe(2)
    const done = expectDocument(await go('import', path, '--yes', '--json'), importSchema)
    expect(done).toMatchObject({ dry_run: false, pushed: { uploaded: 250 }, failed: {} })
    expect((await current())?.count).toBe(250)
    const again = expectDocument(await go('import', path, '--yes', '--json'), importSchema)
    expect(again).toMatchObject({ pushed: { equal: 250 } })
    expect((await go('verify')).code).toBe(0)
  })

  test('goes on after an interruption', async () => {
    const path = await emptied()
    const result = await goWith(world.recoveryKey, ['import', path, '--yes'], {
      armed: (interrupt) => {
        world.onUpload(interrupt)
      },
    })
    expect(result).toMatchObject({ code: 130 })
    expect(result.stderr).toContain('Run the same command')
    expect((await current())?.count).toBeGreaterThan(0)
    expect((await current())?.count).toBeLessThan(250)
    world.onUpload(() => undefined)
    expect((await go('import', path, '--yes')).code).toBe(0)
    expect((await current())?.count).toBe(250)
  })

  test('refuses other keys, other passphrases and other files', async () => {
    const path = await emptied()
    const strange = encodeDecryptionKey(generateDecryptionKey())
    expect((await goWith(strange, ['import', path, '--yes'])).code).toBe(4)
    const wrong = await folder.write('wrong', 'not this one')
    expect((await go('import', path, '--yes', '--passphrase-file', wrong)).code).toBe(4)
    expect((await go('import', await folder.write('x', '{}'), '--yes')).code).toBe(1)
    expect((await go('import', folder.path('none'), '--yes')).code).toBe(6)
    expect((await current())?.count).toBe(0)
  })
})

describe('rotate', () => {
  test('with secret storage: the new key is there, signed, and the old version goes at the end', async () => {
    expect((await withStorage('rotate', '--dry-run')).code).toBe(0)
    expect((await withStorage('rotate')).code).toBe(2)
    expect((await withStorage('rotate', '--finish', '--yes')).code).toBe(6)
    expect((await current())?.version).toBe('1')
    const done = expectDocument(await withStorage('rotate', '--yes', '--json'), rotateSchema)
    expect(done).toMatchObject({ version: '2', offer: 'delete', finished: null })
    const version = await current()
    expect(version).toMatchObject({ version: '2', count: 250 })
    expect(version?.auth_data['signatures']).toHaveProperty('@alice:example.org')
    expect((await withStorage('verify')).code).toBe(0)
    expect((await go('verify')).code).toBe(4)
    const ended = expectDocument(
      await withStorage('rotate', '--finish', '--yes', '--json'),
      rotateSchema,
    )
    expect(ended).toMatchObject({ finished: { deleted: ['1'], kept: [] } })
    expect((await go('download', '-o', folder.path('s'), '--backup-version', '1')).code).toBe(6)
  })

  test('goes on after an interruption', async () => {
    const result = await goWith(world.storageKey, ['rotate', '--yes'], {
      armed: (interrupt) => {
        world.onUpload(interrupt)
      },
    })
    world.onUpload(() => undefined)
    expect(result.code).toBe(130)
    expect(result.stderr).toContain('Run the same command to go on')
    expect((await current())?.version).toBe('2')
    expect((await current())?.count).toBeLessThan(250)
    const again = await withStorage('rotate', '--yes')
    expect(again.stderr).toContain('under way')
    expect(again.code).toBe(0)
    expect(await current()).toMatchObject({ version: '2', count: 250 })
    expect((await withStorage('verify')).code).toBe(0)
  })

  test('without secret storage: refused without a file, without a signature; then done', async () => {
    expect((await go('rotate', '--yes')).code).toBe(2)
    const file = folder.path('new.key')
    const refused = await go('rotate', '--yes', '--new-key-file', file)
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.stderr).toContain('--unsigned')
    await expect(stat(file)).rejects.toThrow('ENOENT')
    expect((await current())?.version).toBe('1')
    const args = ['rotate', '--yes', '--new-key-file', file, '--unsigned']
    const rotated = await go(...args)
    expect(rotated).toMatchObject({ code: 0 })
    expect(rotated.stderr).toContain('Secret storage will go on holding the old key')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const newKey = (await readFile(file, 'utf8')).trim()
    expect((await goWith(newKey, ['verify'])).code).toBe(0)
    expect(
      (
        await goWith(newKey, [
          'rotate',
          '--yes',
          '--new-key-file',
          file,
          '--unsigned',
          '--finish',
          '--keep-old',
        ])
      ).code,
    ).toBe(0)
    expect((await goWith(newKey, args)).code).toBe(1)
    expect((await go('verify', '--backup-version', '1')).code).toBe(0)
  })

  test('a key that opens nothing, and an account without a backup', async () => {
    const strange = encodeDecryptionKey(generateDecryptionKey())
    const args = ['rotate', '--yes', '--unsigned', '--new-key-file', folder.path('k')]
    expect((await goWith(strange, args)).code).toBe(4)
    expect((await current())?.version).toBe('1')
  })

  test('what is left behind is told with 5, and never deleted unasked', async () => {
    const { key } = await damageOne()
    expect((await goWith(key, ['rotate', '--yes'])).code).toBe(5)
    const refused = await goWith(key, ['rotate', '--finish', '--yes'])
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.stderr).toContain('--accept-loss')
    const args = ['rotate', '--finish', '--yes', '--accept-loss', '--json']
    const ended = expectDocument(await goWith(key, args), rotateSchema)
    expect(ended).toMatchObject({ finished: { deleted: ['1'] } })
  })

  test('another device that fills the backup is not overtaken unasked', async () => {
    const first = await goWith(world.storageKey, ['rotate', '--yes'], {
      armed: (interrupt) => {
        world.onUpload(interrupt)
      },
    })
    world.onUpload(() => undefined)
    expect(first.code).toBe(130)
    const env = { ...signedIn(world), MATRIX_RECOVERY_KEY: world.storageKey }
    const elsewhere = {
      env: { ...env, XDG_STATE_HOME: folder.path('other') },
      home: folder.path('.'),
    }
    const refused = await call(['rotate', '--yes'], elsewhere)
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.stderr).toContain('--take-over')
    expect((await call(['rotate', '--yes', '--take-over'], elsewhere)).code).toBe(0)
    expect((await withStorage('verify')).code).toBe(0)
  })

  test('the journal is of the owner alone, and holds no secret', async () => {
    await withStorage('rotate', '--yes')
    const state = folder.path('state')
    const names = await readdir(state, { recursive: true })
    const files = names.filter((name) => name.endsWith('.json'))
    expect(files).toHaveLength(1)
    const path = `${state}/${files[0] ?? ''}`
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const text = await readFile(path, 'utf8')
    for (const secret of [world.recoveryKey, world.storageKey, world.token])
      expect(text).not.toContain(secret)
  })
})

/** Puts an entry that no key opens into the backup. */
async function damageOne(): Promise<{ readonly key: string }> {
  const { putRoomKeyForSession } = await import('@roomkeys/transport')
  const { backupVersion, roomId, sessionId } = await import('@roomkeys/types')
  const session_data = { ciphertext: 'AAAA', ephemeral: 'AAAA', mac: 'AAAA' }
  await putRoomKeyForSession(world.homeserver, {
    version: backupVersion('1'),
    roomId: roomId('!a:example.org'),
    sessionId: sessionId('abc'),
    body: { first_message_index: 0, forwarded_count: 0, is_verified: false, session_data },
  })
  return { key: world.storageKey }
}

describe('migrate', () => {
  test('moves to MSC4048 under the same key, and rotate stays there', async () => {
    const done = expectDocument(await withStorage('migrate', '--yes', '--json'), migrateSchema)
    expect(done).toMatchObject({ version: '2', offer: 'delete' })
    expect((await current())?.algorithm).toBe('org.matrix.msc4048.curve25519-aes-sha2')
    expect((await go('verify')).code).toBe(0)
    const snapshot = folder.path('v2.json')
    expect((await go('download', '-o', snapshot)).code).toBe(0)
    expect((await go('verify', snapshot)).code).toBe(0)
    await folder.write('bare.json', await readFile(snapshot, 'utf8'))
    expect((await go('decrypt', folder.path('bare.json'))).code).toBe(0)
    expect((await withStorage('migrate', '--finish', '--yes')).code).toBe(0)
    expect((await withStorage('rotate', '--yes')).code).toBe(0)
    expect((await current())?.algorithm).toBe('org.matrix.msc4048.curve25519-aes-sha2')
  })
})

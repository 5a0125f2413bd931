/**
 * 100 000 keys through export, verify, download and rotate, each in a process with a small heap,
 * interrupted and gone on with. Prints how long each took, and the most memory that it had.
 *
 * `node apps/cli/test/stress/main.ts [keys]`; with an empty PostgreSQL in `ROOMKEYS_DATABASE_URL`, on that.
 */
import {
  type DecryptionKey,
  encodeDecryptionKey,
  encryptionKeyOf,
  generateDecryptionKey,
  sealEntries,
} from '@roomkeys/backup'
import { createRoomKeysApi } from '@roomkeys/client/ports'
import { megolmBackupV1 } from '@roomkeys/backup/v1'
import type { UploadEntry } from '@roomkeys/backup/ports'
import { createServer, createUser, migrate } from '@roomkeys/server'
import { listen } from '@roomkeys/server/node'
import { openPgliteStore } from '@roomkeys/server/pglite'
import { createHomeserver } from '@roomkeys/transport'
import { loginWithPassword } from '@roomkeys/transport/account'
import type { BackupVersion } from '@roomkeys/types'
import { readFile, readdir, stat } from 'node:fs/promises'
import { EMBEDDED_LIMITS } from '../../src/serving/open-store.ts'
import { makeFolder, USER_ID } from '../keys/world.ts'
import { stressSessions } from './keys.ts'
import { check, runChild, say, type Stress } from './measured.ts'

const KEYS = Number(process.argv[2] ?? 100_000)
const UPLOAD = 1_000
const PASSWORD = 'correct horse battery staple'
const PASSPHRASE = 'three short words'

type Api = ReturnType<typeof createRoomKeysApi>

async function fill(api: Api, version: BackupVersion, key: DecryptionKey): Promise<void> {
  let batch: UploadEntry[] = []
  const upload = async (): Promise<void> => {
    if (batch.length > 0) await api.uploadKeys(version, batch)
    batch = []
  }
  const options = { algorithm: megolmBackupV1, key: encryptionKeyOf(key) }
  for await (const outcome of sealEntries(stressSessions(KEYS), options)) {
    if (outcome.status === 'sealed') batch.push(outcome)
    if (batch.length === UPLOAD) await upload()
  }
  await upload()
}

async function openStore() {
  const connectionString = process.env['ROOMKEYS_DATABASE_URL']
  if (connectionString === undefined) return openPgliteStore()
  const { openPgStore } = await import('@roomkeys/server/pg')
  return openPgStore({ connectionString })
}

async function startServer() {
  const store = await openStore()
  await migrate(store)
  await createUser(store, { userId: USER_ID, password: PASSWORD })
  const onError = (error: unknown): void => {
    say(`The server failed: ${String(error)}`)
  }
  const limits = EMBEDDED_LIMITS
  const server = createServer({
    store,
    limits,
    serverName: 'example.org',
    rateLimits: 'off',
    onError,
  })
  const http = await listen(server, { closeGraceMs: 0 })
  const login = { user: USER_ID, password: PASSWORD }
  const { access_token: token } = await loginWithPassword(
    createHomeserver({ baseUrl: http.url }),
    login,
  )
  const close = async (): Promise<void> => {
    await http.close()
    await store.close()
  }
  return { url: http.url, token, close }
}

async function stressReading(stress: Stress): Promise<void> {
  const { folder } = stress
  const [keys, snapshot] = [folder.path('keys.txt'), folder.path('snapshot.json')]
  const cut = await runChild(stress, ['export', '-o', keys], 2)
  // Few keys may be done before the interruption comes.
  if (cut.code === 130)
    check((await readdir(folder.path('.'))).length === 0, 'an interrupted export leaves nothing')
  const exported = await runChild(stress, ['export', '-o', keys, '--json', '--yes'])
  check(exported.stdout.includes(`"exported":${KEYS}`), 'every key is exported')
  say(`  key file: ${((await stat(keys)).size / 2 ** 20).toFixed(0)} MiB`)
  const verified = await runChild(stress, ['verify', '--json'])
  check(verified.stdout.includes('"result":"sound"'), 'the backup is sound')
  await runChild(stress, ['download', '-o', snapshot], 1.2)
  const downloaded = await runChild(stress, ['download', '-o', snapshot, '--json', '--yes'])
  check(downloaded.stdout.includes(`"entries":${KEYS}`), 'every key is downloaded')
  say(`  ${/"resumed_rooms":\d+/.exec(downloaded.stdout)?.[0] ?? ''}`)
  const offline = await runChild(stress, ['verify', snapshot, '--json'])
  check(offline.stdout.includes('"result":"sound"'), 'the snapshot is sound')
  const compared = await runChild(stress, ['diff', keys, snapshot, '--json'])
  check(compared.stdout.includes(`"equal":${KEYS}`), 'file and snapshot are alike')
}

async function stressRotation(stress: Stress): Promise<void> {
  const { env, folder } = stress
  const newKey = folder.path('new.key')
  const args = ['rotate', '--yes', '--unsigned', '--new-key-file', newKey]
  for (const seconds of [5, 9]) {
    const { code, stderr } = await runChild(stress, args, seconds)
    if (code === 130) check(stderr.includes('Run the same command'), 'it says how to go on')
  }
  const done = await runChild(stress, [...args, '--json'])
  check(done.stdout.includes('"offer":"delete"'), 'every key was carried over')
  check(done.stdout.includes(`"carried":${KEYS}`), 'the count agrees')
  const MATRIX_RECOVERY_KEY = (await readFile(newKey, 'utf8')).trim()
  const verified = await runChild({ folder, env: { ...env, MATRIX_RECOVERY_KEY } }, [
    'verify',
    '--json',
  ])
  check(verified.stdout.includes('"result":"sound"'), 'the new backup is sound')
  check(verified.stdout.includes(`"opened":${KEYS}`), 'every key opens with the new key')
}

const server = await startServer()
const folder = await makeFolder()
try {
  const api = createRoomKeysApi(
    createHomeserver({ baseUrl: server.url, accessToken: server.token }),
  )
  const key = generateDecryptionKey()
  const auth_data = { public_key: key.publicKey }
  const version = await api.createVersion({ algorithm: megolmBackupV1.name, auth_data })
  const began = performance.now()
  await fill(api, version, key)
  say(`${KEYS} keys uploaded in ${((performance.now() - began) / 1_000).toFixed(1)} s`)
  const env = {
    ROOMKEYS_ACCESS_TOKEN: server.token,
    MATRIX_HOMESERVER: server.url,
    MATRIX_RECOVERY_KEY: encodeDecryptionKey(key),
    ROOMKEYS_PASSPHRASE: PASSPHRASE,
    XDG_STATE_HOME: folder.path('state'),
  }
  await stressReading({ env, folder })
  await stressRotation({ env, folder })
  say('All is as it should be.')
} finally {
  await server.close()
  await folder.remove()
}

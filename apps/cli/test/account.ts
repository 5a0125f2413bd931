/** A bundled server in this process, with an account, its backup, and its secret storage. */
import { createServer, createUser, migrate } from '@roomkeys/server'
import { listen } from '@roomkeys/server/node'
import { openPgliteStore } from '@roomkeys/server/pglite'
import { createAccountData, createRoomKeysApi } from '@roomkeys/client/ports'
import { decodeDecryptionKey, decryptionKeyFromBytes, encodeDecryptionKey } from '@roomkeys/backup'
import {
  createStorageKey,
  encodeStorageKey,
  storeBackupKey,
  writeDefaultKeyId,
  writeKey,
} from '@roomkeys/secret-storage'
import { createHomeserver } from '@roomkeys/transport'
import { loginWithPassword } from '@roomkeys/transport/account'
import {
  backupVersion,
  createBackupVersionRequestSchema,
  parseWire,
  roomId,
  roomKeysSchema,
  sessionId,
} from '@roomkeys/types'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'

const VECTOR = new URL('../../../vectors/account-rust.json', import.meta.url)

export const USER_ID = '@alice:example.org'
export const PASSWORD = 'correct horse battery staple'

const vectorSchema = v.object({
  backup: v.looseObject({ recovery_key: v.string(), version: v.unknown(), keys: v.unknown() }),
})

/** An account on a server of its own. */
export interface TestAccount {
  readonly url: string
  readonly accessToken: string
  /** Text form of the key that opens the backup. */
  readonly recoveryKey: string
  /** Text form of the key that opens secret storage, which holds the backup key. */
  readonly storageKey: string
  readonly storageKeyId: string
  readonly version: string
  readonly count: number
  readonly api: ReturnType<typeof createRoomKeysApi>
  readonly accountData: ReturnType<typeof createAccountData>
  /** A folder for the files of a test. */
  readonly folder: string
  /** Writes a file of the folder, mode 0600, and returns its path. */
  readonly file: (name: string, content: string, mode?: number) => Promise<string>
  /** Options that name the account. */
  readonly options: readonly string[]
  readonly close: () => Promise<void>
}

async function readVector() {
  const { backup } = v.parse(vectorSchema, JSON.parse(await readFile(VECTOR, 'utf8')))
  const { algorithm, auth_data } = parseWire(
    createBackupVersionRequestSchema,
    backup.version,
    'version',
  )
  const { rooms } = parseWire(roomKeysSchema, backup.keys, 'keys')
  const entries = Object.entries(rooms).flatMap(([room, { sessions }]) =>
    Object.entries(sessions).map(([session, data]) => ({
      roomId: roomId(room),
      sessionId: sessionId(session),
      data,
    })),
  )
  return { request: { algorithm, auth_data }, entries, recoveryKey: backup.recovery_key }
}

async function setUpSecretStorage(
  accountData: TestAccount['accountData'],
  recoveryKey: string,
): Promise<Pick<TestAccount, 'storageKey' | 'storageKeyId'>> {
  const key = createStorageKey({ name: 'test' })
  await writeKey(accountData, key)
  const backupKey = decodeDecryptionKey(recoveryKey).privateKey.expose()
  await storeBackupKey(accountData, { backupKey, keys: [key] })
  await writeDefaultKeyId(accountData, key.keyId)
  return { storageKey: encodeStorageKey(key), storageKeyId: key.keyId }
}

/** Starts a server with an account. */
export async function startAccount(): Promise<TestAccount> {
  const folder = await mkdtemp(join(tmpdir(), 'roomkeys-cli-'))
  const store = await openPgliteStore()
  await migrate(store)
  await createUser(store, { userId: USER_ID, password: PASSWORD })
  const server = createServer({
    store,
    serverName: 'example.org',
    rateLimits: 'off',
    registration: 'open',
  })
  const listening = await listen(server)
  const { url } = listening
  const login = { user: 'alice', password: PASSWORD, deviceId: 'TESTDEVICE' }
  const { access_token: accessToken } = await loginWithPassword(
    createHomeserver({ baseUrl: url }),
    login,
  )
  const homeserver = createHomeserver({ baseUrl: url, accessToken })
  const api = createRoomKeysApi(homeserver)
  const accountData = createAccountData(homeserver, USER_ID)
  const { request, entries, recoveryKey } = await readVector()
  const version = await api.createVersion(request)
  await api.uploadKeys(version, entries)
  const storage = await setUpSecretStorage(accountData, recoveryKey)
  const file: TestAccount['file'] = async (name, content, mode = 0o600) => {
    const path = join(folder, name)
    await writeFile(path, content, { mode })
    return path
  }
  const tokenFile = await file('token', `${accessToken}\n`)
  return {
    url,
    accessToken,
    recoveryKey,
    ...storage,
    version: backupVersion(version),
    count: entries.length,
    api,
    accountData,
    folder,
    file,
    options: ['--homeserver', url, '--access-token-file', tokenFile],
    close: async () => {
      await listening.close()
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A well-formed key that belongs to nothing. */
export function strangeKey(byte = 7): string {
  return encodeDecryptionKey(decryptionKey(byte))
}

function decryptionKey(byte: number) {
  return decryptionKeyFromBytes(new Uint8Array(32).fill(byte))
}

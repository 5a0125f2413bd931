/**
 * The command, from sign-in to the last old version deleted, against any homeserver. What it works on was
 * set up by a whole client of matrix-js-sdk, and what it leaves is read by one.
 */
import {
  decryptionKeyFromBytes,
  encodeDecryptionKey,
  generateDecryptionKey,
} from '@roomkeys/backup'
import { decryptKeyExport, encryptKeyExport } from '@roomkeys/key-export'
import { decodeBackupKey } from '@roomkeys/secret-storage'
import { createHomeserver, deleteRoomKeys, getCurrentBackupVersion } from '@roomkeys/transport'
import { loginWithPassword } from '@roomkeys/transport/account'
import {
  backupVersion,
  type ExportedSessionData,
  exportedSessionDataSchema,
  parseWire,
} from '@roomkeys/types'
import { readdir, stat } from 'node:fs/promises'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JsSdkDevice } from '../peers/js-sdk-client.ts'
import { asRustStores, sorted } from '../sessions.ts'
import { type Person, seat } from './cli-person.ts'
import { type HoldingProxy, startHoldingProxy } from './holding-proxy.ts'
import type { Homeserver } from './homeserver.ts'
import { openForSuite } from './open-homeserver.ts'
import { exportedBy, restoreFromSecretStorage } from './key-storage.ts'
import { drawSessions, keepDevices, settle, type Settled } from './settled.ts'

const KEYS = 250
const PASSPHRASE = 'three short words'
const PHRASE = 'a phrase that nobody guesses'
const EXIT = {
  error: 1,
  usage: 2,
  signIn: 3,
  wrongKey: 4,
  notFound: 6,
  interrupted: 130,
} as const

let drawn: readonly ExportedSessionData[]
/** The same, as the Rust stack has put them into the backup. */
let sessions: readonly ExportedSessionData[]
beforeAll(async () => {
  drawn = await drawSessions(KEYS)
  sessions = drawn.map(asRustStores)
})

/** The SDK waits for a random part of ten seconds before it uploads. */
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0)
})

const devices = keepDevices()
const people: Person[] = []
const proxies: HoldingProxy[] = []
afterEach(async () => {
  devices.stop()
  vi.restoreAllMocks()
  for (const proxy of proxies.splice(0)) await proxy.close()
  for (const person of people.splice(0)) await person.leave()
})

async function newPerson(homeserver: Homeserver, settled?: Settled): Promise<Person> {
  const person = await seat(settled?.account ?? (await homeserver.newAccount()))
  people.push(person)
  for (const secret of [PASSPHRASE, PHRASE]) person.keepSecret(secret)
  person.export({ ROOMKEYS_PASSPHRASE: PASSPHRASE })
  return person
}

async function signIn(person: Person): Promise<void> {
  const { userId, password } = person.account
  await person.run(['login', userId], { env: { MATRIX_PASSWORD: password } })
  person.keepSecret(await person.token())
}

/** A person with a backup, signed in, with the two keys that they may have written down. */
interface Ready {
  readonly person: Person
  readonly settled: Settled
  /** Opens secret storage. */
  readonly storageKey: string
  /** Opens the backup. */
  readonly recoveryKey: string
}

/** The stored backup key as a person would have written it down. */
async function storedRecoveryKey(person: Person): Promise<string> {
  await person.run(['secret', 'get', 'm.megolm_backup.v1', '-o', 'backup-key'])
  expect((await stat(person.path('backup-key'))).mode & 0o777).toBe(0o600)
  const secret = (await person.read('backup-key')).trim()
  person.keepSecret(secret)
  return encodeDecryptionKey(decryptionKeyFromBytes(decodeBackupKey(secret).expose()))
}

async function ready(homeserver: Homeserver): Promise<Ready> {
  const settled = await settle(homeserver, devices.open, { sessions: drawn, phrase: PHRASE })
  // What the command does is not to be helped by a client that goes on uploading.
  settled.first.stop()
  const person = await newPerson(homeserver, settled)
  await signIn(person)
  const { storageKey } = settled
  person.keepSecret(storageKey)
  person.export({ MATRIX_RECOVERY_KEY: storageKey })
  const recoveryKey = await storedRecoveryKey(person)
  person.keepSecret(recoveryKey)
  return { person, settled, storageKey, recoveryKey }
}

/** A v1 backup authenticates nothing: what was carried out of one says so, as MSC4048 wants it. */
function marked(mark: string): readonly ExportedSessionData[] {
  return sessions.map((session) => ({ ...session, 'org.matrix.msc4048.unauthenticated': mark }))
}

async function proxyBefore({ account }: Person): Promise<HoldingProxy> {
  const proxy = await startHoldingProxy(account.baseUrl)
  proxies.push(proxy)
  return proxy
}

/** Options that send the command through a proxy; the saved sign-in is of the server behind it. */
async function through(person: Person, { url }: HoldingProxy): Promise<readonly string[]> {
  const file = await person.write('token', await person.token())
  return ['--homeserver', url, '--access-token-file', file]
}

function parsed(values: readonly unknown[]): readonly ExportedSessionData[] {
  return sorted(values.map((value) => parseWire(exportedSessionDataSchema, value, 'a session')))
}

/** The sessions in a file of JSON lines. */
async function sessionsIn(person: Person, name: string): Promise<readonly ExportedSessionData[]> {
  const lines = (await person.read(name)).trimEnd().split('\n')
  return parsed(lines.map((line): unknown => JSON.parse(line)))
}

/** All keys of the backup, in the clear. */
async function exported(
  person: Person,
  ...args: readonly string[]
): Promise<readonly ExportedSessionData[]> {
  await person.run(['export', '--format', 'jsonl', '-o', 'clear', '--yes', ...args])
  return sessionsIn(person, 'clear')
}

/** What a new device of matrix-js-sdk restores, with the keys that the person typed there before. */
async function restoredBySdk({ account, keys }: Settled): Promise<{
  readonly device: JsSdkDevice
  readonly restored: readonly ExportedSessionData[]
  readonly matches: boolean
}> {
  const device = await devices.open(account, keys)
  const { matchesDecryptionKey } = await restoreFromSecretStorage(device)
  return { device, restored: sorted(await exportedBy(device)), matches: matchesDecryptionKey }
}

/** Codes of what the doctor finds. */
async function findings(person: Person): Promise<readonly string[]> {
  const document = await person.document(['doctor'])
  const { findings: found } = document as { readonly findings: readonly { code: string }[] }
  return found.map(({ code }) => code)
}

async function current(person: Person) {
  const version = await getCurrentBackupVersion(await person.signedIn())
  if (version === null) throw new Error('There is no backup')
  return version
}

/** The flows, as tests: each begins with users of its own. */
export function describeCommand(name: string, openHomeserver: () => Promise<Homeserver>): void {
  describe(`the command and ${name}`, () => {
    const homeserver = openForSuite(openHomeserver)

    it('signs in with a password, and with a token; afterwards nothing is left', async () => {
      const person = await newPerson(homeserver())
      const { userId, baseUrl } = person.account
      const wrong = { env: { MATRIX_PASSWORD: 'not this one' }, code: EXIT.signIn }
      await person.run(['login', userId], wrong)
      await signIn(person)
      const status = { user_id: userId, homeserver: baseUrl, backup: null, unread: {} }
      expect(await person.document(['status'])).toMatchObject(status)
      const token = await person.token()
      expect(await person.document(['logout'])).toMatchObject({ server_told: true })
      expect(await person.filesWithSecrets()).toEqual([])
      const dead = await person.write('dead-token', token)
      await person.run(['status', '--access-token-file', dead], { code: EXIT.signIn })
      await person.run(['status'], { code: EXIT.signIn })

      const { access_token } = await loginWithPassword(createHomeserver({ baseUrl }), {
        user: userId,
        password: person.account.password,
      })
      person.keepSecret(access_token)
      const file = await person.write('token', access_token)
      const login = await person.document(['login', '--access-token-file', file])
      expect(login).toMatchObject({ user_id: userId, homeserver: baseUrl })
      expect(await person.document(['status'])).toMatchObject(status)
      await person.run(['logout'])
      expect(await person.filesWithSecrets()).toEqual(['dead-token', 'token'])
    })

    it('an account without a backup has nothing to get, to check or to move', async () => {
      const person = await newPerson(homeserver())
      await signIn(person)
      person.export({ MATRIX_RECOVERY_KEY: encodeDecryptionKey(generateDecryptionKey()) })
      expect(await person.document(['versions'])).toMatchObject({ current: null, versions: [] })
      const notFound = { code: EXIT.notFound }
      await person.run(['versions', 'show', '1'], notFound)
      await person.run(['versions', 'delete', '1', '--yes'], notFound)
      await person.run(['download', '-o', 'snapshot'], notFound)
      await person.run(['verify'], notFound)
      await person.run(['export', '-o', 'keys'], notFound)
      await person.run(['rotate', '--yes', '--unsigned', '--new-key-file', 'key'], notFound)
      await person.run(['migrate', '--yes', '--unsigned'], notFound)
      await person.run(['secret', 'get', 'm.megolm_backup.v1', '--stdout'], notFound)
      await person.run(['key', 'inspect'], { code: EXIT.wrongKey })
      expect(await person.document(['secret', 'list'])).toMatchObject({ secrets: [] })
      expect(await findings(person)).toContain('no_backup')
    })

    it('tells the state of an account, its keys, its versions and its secrets', async () => {
      const { person, storageKey, recoveryKey, settled } = await ready(homeserver())
      const { version } = await current(person)
      const { deviceId } = settled.first
      expect(await person.document(['status'])).toMatchObject({
        backup: {
          version,
          count: KEYS,
          supported: true,
          trust: {
            trusted: true,
            because: 'master_key',
            master_key: 'match',
            key_match: 'match',
            signatures: [
              { signer: 'master_key', state: 'valid_trusted' },
              { signer: 'device', key_id: `ed25519:${deviceId}`, state: 'valid_trusted' },
            ],
          },
        },
        key: { kind: 'secret_storage_key', opens_backup: true, check: 'match' },
        secret_storage: { backup_key_stored: true },
        unread: {},
      })
      expect((await person.run(['status'])).stdout).toContain(deviceId)
      expect(await person.document(['doctor'])).toMatchObject({ findings: [] })
      const unknown = { env: { MATRIX_RECOVERY_KEY: '' } }
      const trust = { trusted: false, because: 'signers_not_trusted', master_key: 'unknown' }
      expect(await person.document(['status'], unknown)).toMatchObject({ backup: { trust } })
      expect(await person.document(['doctor'], unknown)).toMatchObject({
        findings: [{ code: 'signers_not_trusted' }],
      })

      const inspect = ['key', 'inspect', '--recovery-key-file']
      const keyFile = await person.write('recovery-key', recoveryKey)
      const storageFile = await person.write('storage-key', storageKey)
      const strange = encodeDecryptionKey(generateDecryptionKey())
      const strangeFile = await person.write('strange-key', strange)
      expect(await person.document([...inspect, keyFile])).toMatchObject({
        identity: { kind: 'backup_key', version },
      })
      expect(await person.document([...inspect, storageFile])).toMatchObject({
        identity: { kind: 'secret_storage_key', opens_backup: true },
      })
      expect(
        await person.document([...inspect, strangeFile], { code: EXIT.wrongKey }),
      ).toMatchObject({ identity: { kind: 'neither' } })

      expect(await person.document(['versions'])).toMatchObject({
        current: version,
        versions: [{ version, count: KEYS }],
        unreadable: [],
      })
      const shown = await person.document(['versions', 'show', version])
      expect(shown).toMatchObject({ version: { version, count: KEYS } })

      const listed = await person.document(['secret', 'list'])
      const { secrets } = listed as { readonly secrets: readonly { readonly name: string }[] }
      const names = secrets.map((secret) => secret.name)
      expect(names).toEqual(
        expect.arrayContaining(['m.megolm_backup.v1', 'm.cross_signing.master']),
      )
      const value = await person.write('value', 'a secret of mine')
      person.keepSecret('a secret of mine')
      const store = ['secret', 'store', 'org.example.mine', '--from', value]
      expect(await person.document(store)).toMatchObject({ stored: true, was_there: false })
      expect(await person.document(store)).toMatchObject({ stored: false, was_there: true })
      await person.run(['secret', 'get', 'org.example.mine', '-o', 'again'])
      expect(await person.read('again')).toBe('a secret of mine\n')
      const other = { env: { MATRIX_RECOVERY_KEY: strange }, code: EXIT.wrongKey }
      await person.run(['secret', 'get', 'org.example.mine', '-o', 'never'], other)
      expect(await readdir(person.path('.'))).not.toContain('never')
      await person.run(['secret', 'get', 'org.example.none', '-o', 'x'], { code: EXIT.notFound })
    })

    it('gets every key out, in each form, and they are the ones that went in', async () => {
      const { person, recoveryKey } = await ready(homeserver())
      expect(await exported(person)).toEqual(sessions)
      const phrase = { env: { MATRIX_RECOVERY_KEY: '', MATRIX_SECURITY_PHRASE: PHRASE } }
      await person.run(['export', '-o', 'keys.txt'], phrase)
      const { entries } = await decryptKeyExport(await person.read('keys.txt'), PASSPHRASE)
      expect(sorted(entries.map(({ session }) => session))).toEqual(sessions)

      const [{ room_id: room, session_id: id } = { room_id: '', session_id: '' }] = sessions
      const ofRoom = sessions.filter((session) => session.room_id === room)
      expect(await exported(person, '--room', room)).toEqual(ofRoom)
      expect(await exported(person, '--session', id)).toHaveLength(1)

      const saved = await person.document(['download', '-o', 'snapshot'])
      expect(saved).toMatchObject({ entries: KEYS, changed: false })
      const sound = { result: 'sound', entries: KEYS, statuses: { opened: KEYS } }
      expect(await person.document(['verify'])).toMatchObject(sound)
      const offline = { env: { MATRIX_RECOVERY_KEY: recoveryKey, MATRIX_HOMESERVER: '' } }
      expect(await person.document(['verify', 'snapshot'], offline)).toMatchObject(sound)
      await person.run(['export', '--from', 'snapshot', '--format', 'jsonl', '-o', 'from'], offline)
      expect(await sessionsIn(person, 'from')).toEqual(sessions)
      const lines = await person.lines(['decrypt', 'snapshot'], offline)
      const opened = lines.map((line) => (line as { readonly session: unknown }).session)
      expect(parsed(opened)).toEqual(sessions)

      const strange = encodeDecryptionKey(generateDecryptionKey())
      const wrong = { env: { MATRIX_RECOVERY_KEY: strange }, code: EXIT.wrongKey }
      await person.run(['export', '-o', 'never'], wrong)
      await person.run(['verify'], wrong)
      await person.run(['verify', 'snapshot'], wrong)
      const { stderr } = await person.run(['verify', 'snapshot'], { code: EXIT.wrongKey })
      expect(stderr).toContain('roomkeys secret get m.megolm_backup.v1')
      await person.run(['verify', 'snapshot', '--recovery-key-file', 'backup-key'])
      expect(await readdir(person.path('.'))).not.toContain('never')
      expect(await person.filesWithSecrets()).toEqual([
        '.config/roomkeys/credentials.json',
        'backup-key',
      ])
    })

    it('compares server, snapshot and key file', async () => {
      const { person, recoveryKey } = await ready(homeserver())
      await person.run(['export', '-o', 'keys.txt'])
      await person.run(['download', '-o', 'snapshot'])
      const env = { MATRIX_RECOVERY_KEY: recoveryKey }
      for (const [a, b] of [
        ['server', 'keys.txt'],
        ['server', 'snapshot'],
        ['snapshot', 'keys.txt'],
      ] as const)
        expect(await person.lines(['diff', a, b], { env })).toMatchObject([{ equal: KEYS }])

      await person.write('part.txt', await encryptKeyExport(sessions.slice(2), PASSPHRASE))
      const lines = await person.lines(['diff', 'server', 'part.txt'], { env })
      expect(lines.at(-1)).toMatchObject({ equal: KEYS - 2, differences: { missing_in_b: 2 } })
      const missing = lines.slice(0, -1) as readonly { readonly session_id: string }[]
      expect(sorted(missing).map(({ session_id }) => session_id)).toEqual(
        sessions.slice(0, 2).map(({ session_id }) => session_id),
      )
    })

    it('a download that was interrupted goes on', async () => {
      const { person, recoveryKey } = await ready(homeserver())
      const proxy = await proxyBefore(person)
      const args = ['download', '-o', 'snapshot', ...(await through(person, proxy))]
      const held = proxy.hold({ method: 'GET', path: '/room_keys/keys', share: 0.5 })
      const running = person.start(args)
      await held
      // What was sent has arrived once the process had time for it; it stops in any case.
      await new Promise((resolve) => setTimeout(resolve, 500))
      running.kill('SIGINT')
      const { code, stderr } = await running.ended
      expect({ code, stderr }).toMatchObject({ code: EXIT.interrupted })
      expect(stderr).toContain('Run the same command')
      expect(await readdir(person.path('.'))).toContain('snapshot.part')
      const saved = await person.document(args)
      expect(saved).toMatchObject({ entries: KEYS, changed: false })
      expect((saved as { readonly resumed_rooms: number }).resumed_rooms).toBeGreaterThan(0)
      const names = await readdir(person.path('.'))
      expect(names.filter((one) => one.startsWith('snapshot')).toSorted()).toEqual([
        'snapshot',
        'snapshot.json',
      ])
      const snapshot = { env: { MATRIX_RECOVERY_KEY: recoveryKey } }
      const compared = await person.lines(['diff', 'server', 'snapshot'], snapshot)
      expect(compared).toMatchObject([{ equal: KEYS }])
    })

    it('an export that is interrupted leaves no file', async () => {
      const { person } = await ready(homeserver())
      const proxy = await proxyBefore(person)
      const before = await readdir(person.path('.'))
      const held = proxy.hold({ method: 'GET', path: '/room_keys/keys', share: 0.5 })
      const options = await through(person, proxy)
      const running = person.start(['export', '-o', 'keys.txt', ...options])
      await held
      running.kill('SIGINT')
      expect((await running.ended).code).toBe(EXIT.interrupted)
      expect((await readdir(person.path('.'))).toSorted()).toEqual([...before, 'token'].toSorted())
    })

    it('imports what the backup lacks, and nothing twice', async () => {
      const { person, settled } = await ready(homeserver())
      await person.run(['export', '-o', 'keys.txt'])
      const { version } = await current(person)
      await deleteRoomKeys(await person.signedIn(), { version: backupVersion(version) })
      await person.run(['import', 'keys.txt'], { code: EXIT.usage })
      const dry = await person.document(['import', 'keys.txt', '--dry-run'])
      expect(dry).toMatchObject({ dry_run: true, would_upload: KEYS })
      expect((await current(person)).count).toBe(0)
      const all = await person.document(['import', 'keys.txt', '--yes'])
      expect(all).toMatchObject({ pushed: { uploaded: KEYS }, failed: {} })
      const again = await person.document(['import', 'keys.txt', '--yes'])
      expect(again).toMatchObject({ pushed: { equal: KEYS }, failed: {} })
      expect(await exported(person)).toEqual(marked('m.undefined'))
      expect((await restoredBySdk(settled)).restored).toEqual(sessions)
    })

    it('rotates, interrupted and gone on with; another client restores from what it made', async () => {
      const { person, settled, recoveryKey } = await ready(homeserver())
      const { version: old } = await current(person)
      const proxy = await proxyBefore(person)
      const held = proxy.hold({ method: 'PUT', path: '/room_keys/keys', share: 0 })
      const options = await through(person, proxy)
      const running = person.start(['rotate', '--yes', ...options])
      await held
      running.kill('SIGINT')
      const { code, stderr } = await running.ended
      expect({ code, stderr }).toMatchObject({ code: EXIT.interrupted })
      expect(stderr).toContain('Run the same command to go on')

      expect(await person.document(['rotate', '--yes'])).toMatchObject({
        offer: 'delete',
        sources: [{ version: old, carried: KEYS, missing: 0 }],
        finished: null,
      })
      expect((await current(person)).version).not.toBe(old)
      expect(await exported(person)).toEqual(marked('m.legacy-v1'))
      const { restored, matches } = await restoredBySdk(settled)
      expect({ restored, matches }).toEqual({ restored: sessions, matches: true })
      devices.stop()

      const written = { env: { MATRIX_RECOVERY_KEY: recoveryKey } }
      const identity = { kind: 'older_backup_key', version: old }
      expect(await person.document(['key', 'inspect'], written)).toMatchObject({ identity })
      const listed = await person.document(['versions'])
      expect(listed).toMatchObject({ versions: [{ count: KEYS }, { version: old, count: KEYS }] })
      expect(await exported(person, '--backup-version', old)).toEqual(sessions)
      expect(await person.document(['rotate', '--finish', '--yes'])).toMatchObject({
        finished: { deleted: [old], kept: [] },
      })
      await person.run(['versions', 'show', old], { code: EXIT.notFound })
      expect(await person.document(['verify'])).toMatchObject({ result: 'sound', entries: KEYS })
      expect(await person.filesWithSecrets()).toEqual([
        '.config/roomkeys/credentials.json',
        'backup-key',
        'token',
      ])
    })

    it('rotates to a key in a file, unsigned; versions are deleted by hand', async () => {
      const { person, recoveryKey } = await ready(homeserver())
      const { version: old } = await current(person)
      const withKey = { env: { MATRIX_RECOVERY_KEY: recoveryKey } }
      const rotate = ['rotate', '--yes', '--new-key-file', 'new-key']
      await person.run(rotate, { ...withKey, code: EXIT.error })
      await person.run([...rotate, '--unsigned'], withKey)
      const newKey = (await person.read('new-key')).trim()
      person.keepSecret(newKey)
      const withNew = { env: { MATRIX_RECOVERY_KEY: newKey } }
      expect(await person.document(['verify'], withNew)).toMatchObject({
        result: 'sound',
        statuses: { opened: KEYS },
      })
      const { version } = await current(person)
      const remove = ['versions', 'delete', old]
      await person.run(remove, { code: EXIT.usage })
      expect(await person.document([...remove, '--dry-run'])).toMatchObject({ deleted: false })
      expect(await person.document([...remove, '--yes'])).toMatchObject({
        deleted: true,
        count: KEYS,
        was_current: false,
      })
      await person.run([...remove, '--yes'], { code: EXIT.notFound })
      expect((await current(person)).version).toBe(version)
    })

    it('migrates to v2 under the same key, and back to no loss', async () => {
      const { person, recoveryKey } = await ready(homeserver())
      const { version: old } = await current(person)
      expect(await person.document(['migrate', '--yes'])).toMatchObject({
        offer: 'delete',
        sources: [{ version: old, carried: KEYS }],
      })
      expect((await current(person)).algorithm).toBe('org.matrix.msc4048.curve25519-aes-sha2')
      expect(await exported(person)).toEqual(marked('m.legacy-v1'))
      const withKey = { env: { MATRIX_RECOVERY_KEY: recoveryKey } }
      expect(await person.document(['verify'], withKey)).toMatchObject({
        result: 'sound',
        statuses: { opened: KEYS },
      })
      expect(await person.document(['migrate', '--finish', '--yes'])).toMatchObject({
        finished: { deleted: [old] },
      })
      expect(await exported(person)).toEqual(marked('m.legacy-v1'))
    })

    it('tests a homeserver, with users that it is given and with users that it makes', async () => {
      const person = await newPerson(homeserver())
      const others = await Promise.all([1, 2, 3].map(() => homeserver().newAccount()))
      const tokens = await Promise.all(
        others.map(async ({ baseUrl, userId, password }) => {
          const rest = createHomeserver({ baseUrl })
          const { access_token } = await loginWithPassword(rest, { user: userId, password })
          person.keepSecret(access_token)
          return access_token
        }),
      )
      await person.write('tokens', tokens.join('\n'))
      const { baseUrl } = person.account
      const args = ['conformance', baseUrl, '--only', 'H1,H3,H10']
      const all = { outcome: 'as_expected', totals: { must: { passed: 3 } } }
      expect(await person.document([...args, '--tokens-file', 'tokens'])).toMatchObject(all)
      const { registrationSecret } = homeserver()
      const how = registrationSecret === null ? 'dummy' : 'shared-secret'
      if (registrationSecret !== null) {
        person.keepSecret(registrationSecret)
        person.export({ ROOMKEYS_REGISTRATION_SECRET: registrationSecret })
      }
      expect(await person.document([...args, '--register', how])).toMatchObject(all)
    })
  })
}

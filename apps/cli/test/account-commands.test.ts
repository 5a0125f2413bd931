import { decodeDecryptionKey } from '@roomkeys/backup'
import { encodeBackupKey } from '@roomkeys/secret-storage'
import { backupVersion } from '@roomkeys/types'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from '../src/exit-codes.ts'
import { PASSWORD, startAccount, strangeKey, type TestAccount, USER_ID } from './account.ts'
import { call, documentOf, type Outcome } from './world.ts'

let account: TestAccount

beforeAll(async () => {
  account = await startAccount()
})

afterAll(() => account.close())

/** Runs a command on the account, with `--json`. */
function ask(argv: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return call([...argv, ...account.options, '--json'], { home: account.folder, env })
}

function credentialsPath(home: string): string {
  return join(home, '.config', 'roomkeys', 'credentials.json')
}

describe('login and logout', () => {
  const env = { MATRIX_PASSWORD: PASSWORD, XDG_CONFIG_HOME: '' }

  it('saves the token with mode 0600, uses it, and removes it', async () => {
    const home = join(account.folder, 'home-1')
    const xdg = { ...env, XDG_CONFIG_HOME: join(home, '.config') }
    const login = await call(['login', USER_ID, '--homeserver', account.url, '--json'], {
      home,
      env: xdg,
    })
    expect(login).toMatchObject({ code: EXIT.ok, stderr: '' })
    expect(documentOf(login)).toMatchObject({ user_id: USER_ID, homeserver: account.url })
    const file = credentialsPath(home)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(join(file, '..'))).mode & 0o777).toBe(0o700)
    const saved = JSON.parse(await readFile(file, 'utf8')) as { access_token: string }
    expect(login.stdout).not.toContain(saved.access_token)
    expect((await call(['status'], { home, env: xdg })).code).toBe(EXIT.ok)

    const again = await call(['login', USER_ID, '--homeserver', account.url], { home, env: xdg })
    expect(again.code).toBe(EXIT.usage)
    const logout = await call(['logout', '--json'], { home, env: xdg })
    expect(documentOf(logout)).toMatchObject({ user_id: USER_ID, server_told: true })
    await expect(stat(file)).rejects.toThrow('ENOENT')
    const tokenFile = await account.file('dead-token', saved.access_token)
    const dead = await call(
      ['status', '--homeserver', account.url, '--access-token-file', tokenFile],
      { home },
    )
    expect(dead.code).toBe(EXIT.signIn)
    expect(dead.stderr).not.toContain(saved.access_token)
    expect((await call(['logout'], { home, env: xdg })).code).toBe(EXIT.signIn)
  })

  it('refuses a wrong password without repeating it', async () => {
    const wrong = { MATRIX_PASSWORD: 'canary-wrong-password' }
    const home = join(account.folder, 'home-2')
    const { code, stderr } = await call(['login', USER_ID, '--homeserver', account.url], {
      home,
      env: wrong,
    })
    expect(code).toBe(EXIT.signIn)
    expect(stderr).not.toContain('canary')
    await expect(stat(credentialsPath(home))).rejects.toThrow('ENOENT')
  })

  it.skipIf(process.platform === 'win32')('refuses a saved file that others can read', async () => {
    const content = JSON.stringify({
      homeserver: account.url,
      user_id: USER_ID,
      device_id: 'X',
      access_token: account.accessToken,
    })
    const loose = await account.file('loose.json', content, 0o644)
    const { code, stderr } = await call(['status', '--credentials', loose], {
      home: account.folder,
    })
    expect(code).toBe(EXIT.error)
    expect(stderr).toContain('chmod 600')
    expect(stderr).not.toContain(account.accessToken)
  })

  it('reads the credentials of matrix-commander', async () => {
    const content = JSON.stringify({
      homeserver: account.url,
      device_id: 'TESTDEVICE',
      user_id: USER_ID,
      room_id: '!a:example.org',
      access_token: account.accessToken,
    })
    const file = await account.file('credentials.json', content)
    const outcome = await call(['status', '--credentials', file, '--json'], {
      home: account.folder,
    })
    expect(outcome.code).toBe(EXIT.ok)
    expect(documentOf(outcome)).toMatchObject({ user_id: USER_ID })
  })

  it.each(['{', '[]', '{"homeserver":"x"}', '"\u0000"'])(
    'a credentials file that holds none is told (%#)',
    async (content) => {
      const file = await account.file('broken.json', content)
      const { code } = await call(['status', '--credentials', file], { home: account.folder })
      expect(code).toBe(EXIT.error)
    },
  )

  it('the saved token goes to no other server', async () => {
    const home = join(account.folder, 'home-3')
    const xdg = { ...env, XDG_CONFIG_HOME: join(home, '.config') }
    await call(['login', USER_ID, '--homeserver', account.url], { home, env: xdg })
    const other = await call(['status', '--homeserver', 'https://other.example'], {
      home,
      env: xdg,
    })
    expect(other.code).toBe(EXIT.usage)
    expect(other.stderr).toContain('another homeserver')
  })

  it('http is for this machine alone', async () => {
    const { code } = await call(['status', '--homeserver', 'http://example.org'], {
      home: account.folder,
      env: { ROOMKEYS_ACCESS_TOKEN: 'x' },
    })
    expect(code).toBe(EXIT.usage)
  })

  it('a token from standard input or the environment serves', async () => {
    const home = account.folder
    const fromInput = await call(
      ['status', '--homeserver', account.url, '--access-token-file', '-'],
      { home, stdin: `${account.accessToken}\n` },
    )
    const env = { ROOMKEYS_ACCESS_TOKEN: account.accessToken, MATRIX_HOMESERVER: account.url }
    const fromEnv = await call(['status'], { home, env })
    expect([fromInput.code, fromEnv.code]).toEqual([EXIT.ok, EXIT.ok])
  })
})

describe('status and doctor', () => {
  it('shows the state on one screen', async () => {
    const outcome = await ask(['status'], { MATRIX_RECOVERY_KEY: account.storageKey })
    expect(outcome.code).toBe(EXIT.ok)
    expect(documentOf(outcome)).toMatchObject({
      backup: { version: account.version, count: account.count, supported: true },
      key: { kind: 'secret_storage_key', opens_backup: true },
      preference: null,
      secret_storage: { default_key_id: account.storageKeyId, backup_key_stored: true },
      unread: {},
    })
    const text = await call(['status', ...account.options], { home: account.folder })
    expect(text.stdout.split('\n').length).toBeLessThan(24)
    expect(text.stdout).toContain(`version ${account.version}, ${account.count} keys`)
  })

  it('ends with 4 for a key of nothing', async () => {
    const outcome = await ask(['status'], { MATRIX_RECOVERY_KEY: strangeKey() })
    expect(outcome.code).toBe(EXIT.wrongKey)
  })

  it('finds what is wrong, with code, evidence and what to run', async () => {
    const outcome = await ask(['doctor'], { MATRIX_RECOVERY_KEY: account.storageKey })
    const { findings } = documentOf(outcome) as { findings: { code: string; run: string }[] }
    expect(findings.length).toBeGreaterThan(0)
    expect(findings.every(({ code, run }) => code !== '' && run !== '')).toBe(true)
    const text = await call(['doctor', ...account.options], { home: account.folder })
    expect(text.stdout).toContain('What to do: ')
  })
})

describe('versions', () => {
  it('lists, shows and deletes; a version that does not parse, too', async () => {
    const broken = await account.api.createVersion({
      algorithm: 'm.megolm_backup.v1.curve25519-aes-sha2',
      auth_data: { public_key: 'A'.repeat(60), signatures: {} },
    })
    const list = await ask(['versions'])
    expect(documentOf(list)).toMatchObject({
      current: broken,
      versions: [
        { version: broken, readable: 'malformed_auth_data' },
        { version: account.version, readable: 'yes' },
      ],
    })
    const show = await ask(['versions', 'show', broken])
    expect(documentOf(show)).toMatchObject({
      version: { auth_data: { public_key: 'A'.repeat(60) } },
    })

    const dry = await ask(['versions', 'delete', broken, '--dry-run'])
    expect(documentOf(dry)).toMatchObject({ deleted: false, was_current: true })
    const unasked = await ask(['versions', 'delete', broken])
    expect(unasked.code).toBe(EXIT.usage)
    expect(unasked.stderr).toContain('--yes')
    expect(await account.api.readVersion(broken)).not.toBeNull()

    const deleted = await ask(['versions', 'delete', broken, '--yes'])
    expect(documentOf(deleted)).toMatchObject({ deleted: true })
    expect(await account.api.readVersion(broken)).toBeNull()
    expect((await ask(['versions', 'delete', broken, '--yes'])).code).toBe(EXIT.notFound)
    expect((await ask(['versions', 'show', broken])).code).toBe(EXIT.notFound)
    expect((await account.api.currentVersion())?.version).toBe(account.version)
  })

  it('a name that no request can have is wrong usage', async () => {
    expect((await ask(['versions', 'delete', '..', '--yes'])).code).toBe(EXIT.usage)
  })
})

/** A backup key as secret storage holds it. */
function storedForm(recoveryKey: string): string {
  return encodeBackupKey(decodeDecryptionKey(recoveryKey).privateKey.expose())
}

describe('key', () => {
  it('generates into a file with mode 0600, and replaces none without a question', async () => {
    const path = join(account.folder, 'new-key.txt')
    const made = await call(['key', 'generate', '-o', path, '--json'], { home: account.folder })
    expect(made.code).toBe(EXIT.ok)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const key = await readFile(path, 'utf8')
    expect(made.stdout + made.stderr).not.toContain(key.trim())
    expect((await call(['key', 'generate', '-o', path], { home: account.folder })).code).toBe(
      EXIT.usage,
    )
    expect(await readFile(path, 'utf8')).toBe(key)
    expect((await call(['key', 'generate'], { home: account.folder })).code).toBe(EXIT.usage)
  })

  it('prints only when asked', async () => {
    const { stdout } = await call(['key', 'generate', '--stdout'], { home: account.folder })
    expect(stdout).toMatch(/^E[sS]/)
  })

  it.each([
    ['backup_key', () => account.recoveryKey, EXIT.ok],
    ['backup_key', () => storedForm(account.recoveryKey), EXIT.ok],
    ['secret_storage_key', () => account.storageKey, EXIT.ok],
    ['neither', () => strangeKey(9), EXIT.wrongKey],
  ])('inspect tells %s', async (kind, key, code) => {
    const outcome = await ask(['key', 'inspect'], { MATRIX_RECOVERY_KEY: key() })
    expect(outcome.code).toBe(code)
    expect(documentOf(outcome)).toMatchObject({ identity: { kind } })
    expect(outcome.stdout).not.toContain(key())
  })
})

describe('secret', () => {
  it('lists without opening', async () => {
    const outcome = await ask(['secret', 'list'])
    expect(documentOf(outcome)).toMatchObject({
      default_key_id: account.storageKeyId,
      secrets: [{ name: 'm.megolm_backup.v1', key_ids: [account.storageKeyId] }],
    })
  })

  it('gets into a file; --json holds the secret with --stdout alone', async () => {
    const env = { MATRIX_RECOVERY_KEY: account.storageKey }
    const path = join(account.folder, 'secret.txt')
    const written = await ask(['secret', 'get', 'm.megolm_backup.v1', '-o', path], env)
    expect(written.code).toBe(EXIT.ok)
    const secret = (await readFile(path, 'utf8')).trim()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(written.stdout + written.stderr).not.toContain(secret)
    expect((await ask(['secret', 'get', 'm.megolm_backup.v1'], env)).code).toBe(EXIT.usage)
    const printed = await ask(['secret', 'get', 'm.megolm_backup.v1', '--stdout'], env)
    expect(documentOf(printed)).toMatchObject({ secret })
    expect((await ask(['secret', 'get', 'm.none', '--stdout'], env)).code).toBe(EXIT.notFound)
    const wrong = await ask(['secret', 'get', 'm.megolm_backup.v1', '--stdout'], {
      MATRIX_RECOVERY_KEY: strangeKey(),
    })
    expect(wrong.code).toBe(EXIT.wrongKey)
  })

  it('stores, and warns of a backup key that opens nothing', async () => {
    const env = { MATRIX_RECOVERY_KEY: account.storageKey }
    const value = await account.file('value.txt', 'a new secret\n')
    const stored = await ask(['secret', 'store', 'org.example.secret', '--from', value], env)
    expect(documentOf(stored)).toMatchObject({ stored: true })
    const again = await ask(['secret', 'store', 'org.example.secret', '--from', value], env)
    expect(documentOf(again)).toMatchObject({ stored: false, was_there: true })
    const foreign = await account.file('foreign.txt', strangeKey())
    const refused = await ask(['secret', 'store', 'm.megolm_backup.v1', '--from', foreign], env)
    expect(refused.code).toBe(EXIT.usage)
    expect(refused.stderr).toContain('does not open the current backup')
    const bad = await account.file('bad.txt', 'not a key')
    const code = (await ask(['secret', 'store', 'm.megolm_backup.v1', '--from', bad], env)).code
    expect(code).toBe(EXIT.wrongKey)
    const name = (
      await ask(['secret', 'store', 'm.secret_storage.default_key', '--from', bad], env)
    ).code
    expect(name).toBe(EXIT.usage)
  })
})

describe('failures of the network', () => {
  it('tells a server that is not there', async () => {
    const argv = ['status', '--homeserver', 'http://127.0.0.1:9', '--access-token-file', '-']
    const { code, stderr } = await call(argv, { home: account.folder, stdin: 'canary-token' })
    expect(code).toBe(EXIT.error)
    expect(stderr).toContain('Check the connection')
    expect(stderr).not.toContain('canary')
  })
})

describe('what is done in part', () => {
  it('logout forgets the token even when the server cannot be told', async () => {
    const home = join(account.folder, 'home-4')
    const env = { MATRIX_PASSWORD: PASSWORD, XDG_CONFIG_HOME: join(home, '.config') }
    await call(['login', USER_ID, '--homeserver', account.url], { home, env })
    const file = credentialsPath(home)
    const saved = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>
    await writeFile(file, JSON.stringify({ ...saved, homeserver: 'http://127.0.0.1:9' }))
    const outcome = await call(['logout', '--json'], { home, env })
    expect(outcome.code).toBe(EXIT.partial)
    expect(documentOf(outcome)).toMatchObject({ server_told: false })
    await expect(stat(file)).rejects.toThrow('ENOENT')
  })

  it('an account without a backup has nothing to show', async () => {
    const fresh = await startAccount()
    await fresh.api.deleteVersion(backupVersion(fresh.version))
    const argv = [...fresh.options, '--json']
    const status = await call(['status', ...argv], { home: fresh.folder })
    expect(documentOf(status)).toMatchObject({ backup: null })
    const versions = await call(['versions', ...argv], { home: fresh.folder })
    expect(documentOf(versions)).toMatchObject({ current: null, versions: [] })
    const doctor = await call(['doctor', ...argv], { home: fresh.folder })
    expect(documentOf(doctor)['findings']).toContainEqual(
      expect.objectContaining({ code: 'no_backup' }),
    )
    await fresh.close()
  })
})

import { BackupError, encodeDecryptionKey, generateDecryptionKey } from '@roomkeys/backup'
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { CryptoError } from '@roomkeys/crypto/bytes'
import { isTransportError } from '@roomkeys/transport'
import { describe, expect, test } from 'vitest'
import { makeClient, rejection } from '../test/make-client.ts'
import { encryptedSecret } from '../test/stored-secret.ts'
import { type Answers, json, KEY_ID, notFound } from '../test/stub-server.ts'
import { account, storageKeys } from '../test/vectors.ts'

const [storageKey, otherStorageKey] = storageKeys
if (storageKey === undefined || otherStorageKey === undefined)
  throw new TypeError('The vectors are too few')

const unknownText = encodeDecryptionKey(generateDecryptionKey())
const future = json({ ...account.version, algorithm: 'm.megolm_backup.v9' })

const backupKeyBase64 = encodeBase64(account.key.privateKey.expose())

/** The account data of the backup's secret. */
function stored(encrypted: Readonly<Record<string, unknown>>): Response {
  return json({ encrypted })
}

/** Answers of an account with secret storage. */
const withStorage: Answers = {
  defaultKey: json({ key: KEY_ID }),
  description: json(storageKey.description),
}

describe('the key of the backup', () => {
  test('is identified with the version, and nothing else is asked for', async () => {
    const { client, requests } = makeClient(withStorage)
    const identified = await client.identifyKey(account.keyText)
    expect(identified).toMatchObject({ kind: 'backup_key', version: account.version })
    expect(identified).toHaveProperty('key.publicKey', account.key.publicKey)
    expect(requests).toEqual(['version'])
  })

  test('is identified however it is spaced', async () => {
    const pasted = `\n${account.keyText.replaceAll(' ', '\u00a0 \t')}\r\n`
    expect((await makeClient().client.identifyKey(pasted)).kind).toBe('backup_key')
  })
})

describe('the key of secret storage', () => {
  test.each(storageKeys)('is identified by its check: $description.mac', async (key) => {
    const { client, requests } = makeClient({ ...withStorage, description: json(key.description) })
    expect(await client.identifyKey(key.text)).toEqual({
      kind: 'secret_storage_key',
      keyId: KEY_ID,
      backup: null,
    })
    expect(requests).toEqual(['version', 'whoami', 'defaultKey', 'description', 'secret'])
  })

  test.each([
    ['there is no backup', { version: notFound }],
    ['the backup is of an unknown algorithm', { version: future }],
  ])('is identified where %s', async (_, answers) => {
    const secret = stored({ [KEY_ID]: encryptedSecret(storageKey.text, backupKeyBase64) })
    const { client } = makeClient({ ...withStorage, secret, ...answers })
    expect(await client.identifyKey(storageKey.text)).toEqual({
      kind: 'secret_storage_key',
      keyId: KEY_ID,
      backup: null,
    })
  })

  test('comes with the backup key that is stored under it', async () => {
    const secret = stored({
      other: encryptedSecret(otherStorageKey.text, 'unrelated'),
      [KEY_ID]: encryptedSecret(storageKey.text, backupKeyBase64),
    })
    const identified = await makeClient({ ...withStorage, secret }).client.identifyKey(
      storageKey.text,
    )
    expect(identified).toMatchObject({
      kind: 'secret_storage_key',
      backup: { version: account.version, key: { publicKey: account.key.publicKey } },
    })
  })

  const right = encryptedSecret(storageKey.text, backupKeyBase64)
  const inherited = Object.fromEntries([['__proto__', { [KEY_ID]: right }]])
  test.each<readonly [string, Response]>([
    ['nothing is stored', notFound()],
    ['the secret is of another shape', json({ encrypted: [] })],
    ['the secret is stored under another key id', stored({ other: right })],
    ['the key id is not its own', stored(inherited)],
    ['the stored object is malformed', stored({ [KEY_ID]: null })],
    ['the stored object is damaged', stored({ [KEY_ID]: { ...right, mac: right.iv } })],
    [
      'it is stored under another key',
      stored({ [KEY_ID]: encryptedSecret(otherStorageKey.text, backupKeyBase64) }),
    ],
    ['the secret is not base64', stored({ [KEY_ID]: encryptedSecret(storageKey.text, '*') })],
    ['the secret is no key', stored({ [KEY_ID]: encryptedSecret(storageKey.text, 'AAAA') })],
    [
      'the secret is the key of another backup',
      stored({ [KEY_ID]: encryptedSecret(storageKey.text, 'A'.repeat(43)) }),
    ],
  ])('comes with no backup key where %s', async (_, secret) => {
    const { client } = makeClient({ ...withStorage, secret })
    expect(await client.identifyKey(storageKey.text)).toEqual({
      kind: 'secret_storage_key',
      keyId: KEY_ID,
      backup: null,
    })
  })
})

describe('a key that is neither', () => {
  const unknown = { kind: 'unknown_key', version: account.version }

  test('is unknown', async () => {
    expect(await makeClient(withStorage).client.identifyKey(unknownText)).toEqual(unknown)
    expect(await makeClient().client.identifyKey(unknownText)).toEqual(unknown)
  })

  const { algorithm, iv, mac } = storageKey.description
  test.each<readonly [string, Response]>([
    ['is of another key', json(otherStorageKey.description)],
    ['does not exist', notFound()],
    ['is empty', json({})],
    ['has no algorithm', json({ iv, mac })],
    ['is of another algorithm', json({ ...storageKey.description, algorithm: 'a' })],
    ['has no check', json({ algorithm })],
    ['has a check without iv', json({ algorithm, mac })],
    ['has a check of the wrong types', json({ algorithm, iv: 1, mac: null })],
    ['has a check that is not base64', json({ algorithm, iv: '*', mac: '*' })],
  ])('is unknown where the description %s', async (_, description) => {
    const { client, requests } = makeClient({ ...withStorage, description })
    expect(await client.identifyKey(storageKey.text)).toEqual(unknown)
    expect(requests).not.toContain('secret')
  })

  test.each([
    ['does not exist', notFound()],
    ['names no key', json({})],
    ['names a number', json({ key: 1 })],
  ])('is unknown where the default key %s', async (_, defaultKey) => {
    const { client, requests } = makeClient({ ...withStorage, defaultKey })
    expect(await client.identifyKey(storageKey.text)).toEqual(unknown)
    expect(requests).not.toContain('description')
  })

  test('is told from having no backup', async () => {
    const { client } = makeClient({ ...withStorage, version: notFound })
    expect(await client.identifyKey(unknownText)).toEqual({ kind: 'no_backup' })
  })

  test('is told from a backup of an unknown algorithm', async () => {
    const { client } = makeClient({ ...withStorage, version: future })
    expect(await client.identifyKey(unknownText)).toEqual({
      kind: 'unsupported_algorithm',
      algorithm: 'm.megolm_backup.v9',
    })
  })
})

describe('a typo', () => {
  const { keyText } = account
  test.each([
    ['key_text_length', keyText.slice(0, -1)],
    ['key_text_length', ''],
    ['key_text_character', keyText.replace(/.$/, '0')],
    ['key_text_prefix', keyText.replace(/^E/, 'F')],
    ['key_text_parity', keyText.replace(/T$/, 'U')],
  ])('is a %s, and nothing is asked for', async (code, text) => {
    const { client, requests } = makeClient(withStorage)
    const error = await rejection(client.identifyKey(text))
    expect(error).toBeInstanceOf(CryptoError)
    expect(error).toHaveProperty('code', code)
    expect(requests).toEqual([])
  })
})

describe('an error', () => {
  test('of broken auth_data goes on as it is', async () => {
    const version = json({ ...account.version, auth_data: {} })
    const error = await rejection(makeClient({ version }).client.identifyKey(account.keyText))
    expect(error).toBeInstanceOf(BackupError)
    expect(error).toHaveProperty('code', 'malformed_auth_data')
  })

  const names = ['version', 'whoami', 'defaultKey', 'description', 'secret'] as const
  test.each(names)('of the transport goes on as it is: %s', async (name) => {
    const { client, requests } = makeClient({ ...withStorage, [name]: json({}, 401) })
    const error = await rejection(client.identifyKey(storageKey.text))
    expect(isTransportError(error)).toBe(true)
    expect(error).toHaveProperty('code', 'unauthorized')
    expect(requests.at(-1)).toBe(name)
  })

  test.each(names)('of the signal is its reason, while this is awaited: %s', async (name) => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const hang = () => {
      controller.abort(reason)
      return new Promise<Response>(() => undefined)
    }
    const { client, requests } = makeClient({ ...withStorage, [name]: hang })
    const identifying = client.identifyKey(storageKey.text, { signal: controller.signal })
    await expect(identifying).rejects.toBe(reason)
    expect(requests.at(-1)).toBe(name)
  })

  test('of a signal that is aborted already comes before any request', async () => {
    const { client, requests } = makeClient(withStorage)
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    await expect(client.identifyKey(storageKey.text, { signal })).rejects.toBe(reason)
    expect(requests).toEqual([])
  })
})

test.each(['x'.repeat(256), 'lone \ud800', 'nul \0'])(
  'a default key whose id cannot be asked for identifies nothing',
  async (key) => {
    const { client } = makeClient({ ...withStorage, defaultKey: json({ key }) })
    expect((await client.identifyKey(storageKey.text)).kind).toBe('unknown_key')
  },
)

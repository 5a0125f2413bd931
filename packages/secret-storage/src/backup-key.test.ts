import { encodeBase64, encodePaddedBase64 } from '@roomkeys/crypto/base64'
import { describe, expect, test } from 'vitest'
import { caught, rejected } from '../test/caught.ts'
import { accountDataOf, memoryAccountData } from '../test/memory-account-data.ts'
import { descriptionOf, firstItem } from '../test/vectors.ts'
import { decodeBackupKey, readBackupKey, storeBackupKey } from './backup-key.ts'
import { createStorageKey } from './key.ts'
import { BACKUP_KEY_SECRET, DEFAULT_KEY_TYPE, keyDescriptionType } from './schemas.ts'
import { readSecret, storeSecret } from './stored-secret.ts'
import {
  dropSupersededBackupKeys,
  keepSupersededBackupKey,
  MAX_SUPERSEDED_BACKUP_KEYS,
  parseSupersededBackupKeys,
  readSupersededBackupKeys,
  replaceBackupKey,
  SUPERSEDED_BACKUP_KEYS_SECRET,
} from './superseded-backup-keys.ts'
import { unlockDefaultKey } from './unlock.ts'

const a = createStorageKey()
const b = createStorageKey()
const one = new Uint8Array(32).fill(1)
const two = new Uint8Array(32).fill(2)

/** What is kept, in a form to compare. */
async function kept(
  account: Parameters<typeof readSupersededBackupKeys>[0],
  keys = [a],
): Promise<readonly string[]> {
  const all = await readSupersededBackupKeys(account, keys)
  return all.map(({ version, backupKey }) => `${version}:${backupKey.expose()[0] ?? '-'}`)
}

describe('the backup key', () => {
  test('of an account by another client is read with a pasted key', async () => {
    const item = firstItem()
    const account = accountDataOf({
      [DEFAULT_KEY_TYPE]: { key: 'id' },
      [keyDescriptionType('id')]: descriptionOf(item),
      [BACKUP_KEY_SECRET]: { encrypted: { id: item.encrypted } },
    })
    const key = await unlockDefaultKey(account, { text: item.recovery_key })
    const backupKey = await readBackupKey(account, key)
    expect(encodeBase64(backupKey?.expose() ?? new Uint8Array())).toBe(item.secret)
  })

  test('is stored as the base64 of its bytes', async () => {
    const account = memoryAccountData()
    expect(await readBackupKey(account, a)).toBeNull()
    expect(await storeBackupKey(account, { backupKey: one, keys: [a] })).toEqual({
      written: [a.keyId],
      kept: [],
    })
    const secret = await readSecret(account, { name: BACKUP_KEY_SECRET, key: a })
    expect(secret).toBe(encodeBase64(one))
    expect((await readBackupKey(account, a))?.expose()).toEqual(one)
  })

  test('may be padded', () => {
    expect(decodeBackupKey(encodePaddedBase64(one)).expose()).toEqual(one)
  })

  test.each(['', 'A', 'not base64!', encodeBase64(new Uint8Array(31)), 'ü'])(
    'is not %j',
    (secret) => {
      expect(caught(() => decodeBackupKey(secret)).code).toBe('malformed_secret')
    },
  )

  test('of another length is not stored', async () => {
    const storing = storeBackupKey(memoryAccountData(), { backupKey: one.slice(1), keys: [a] })
    await expect(storing).rejects.toThrow(TypeError)
  })
})

describe('superseded backup keys', () => {
  test('are kept with their versions until these are gone', async () => {
    const account = memoryAccountData()
    expect(await kept(account)).toEqual([])
    await keepSupersededBackupKey(account, { version: '1', backupKey: one, keys: [a] })
    await keepSupersededBackupKey(account, { version: '2', backupKey: two, keys: [a] })
    await keepSupersededBackupKey(account, { version: '1', backupKey: two, keys: [a] })
    expect((await kept(account)).toSorted()).toEqual(['1:1', '1:2', '2:2'])
    await dropSupersededBackupKeys(account, { version: '1', keys: [a] })
    expect(await kept(account)).toEqual(['2:2'])
    const calls = account.calls.length
    await dropSupersededBackupKeys(account, { version: 'none', keys: [a] })
    expect(account.calls.slice(calls)).toEqual([`get ${SUPERSEDED_BACKUP_KEYS_SECRET}`])
  })

  test('are kept once, however often they are kept', async () => {
    const account = memoryAccountData()
    for (let time = 0; time < 3; time++)
      await keepSupersededBackupKey(account, { version: '1', backupKey: one, keys: [a] })
    expect(await kept(account)).toEqual(['1:1'])
  })

  test('have the documented shape, and keep fields that are not known', async () => {
    const account = memoryAccountData()
    const name = SUPERSEDED_BACKUP_KEYS_SECRET
    const item = { version: '1', key: encodePaddedBase64(one), note: 'n' }
    await storeSecret(account, { name, secret: JSON.stringify([item]), keys: [a] })
    await keepSupersededBackupKey(account, { version: '1', backupKey: one, keys: [a] })
    await keepSupersededBackupKey(account, { version: '2', backupKey: two, keys: [a] })
    const text = (await readSecret(account, { name, key: a })) ?? ''
    expect(JSON.parse(text)).toEqual([{ version: '2', key: encodeBase64(two) }, item])
  })

  test('of several storage keys are put together', async () => {
    const account = memoryAccountData()
    await keepSupersededBackupKey(account, { version: '1', backupKey: one, keys: [a] })
    await keepSupersededBackupKey(account, { version: '2', backupKey: two, keys: [b] })
    expect(await kept(account)).toEqual(['1:1'])
    expect(await kept(account, [a, b])).toEqual(['1:1', '2:2'])
    await keepSupersededBackupKey(account, { version: '2', backupKey: two, keys: [a, b] })
    expect((await kept(account, [b])).toSorted()).toEqual(['1:1', '2:2'])
  })

  test.each(['{', '{}', '[1]', '[{"version":1,"key":""}]', '[{"version":"1"}]', 'null'])(
    'that read %j are an error that quotes none of it, and are not overwritten',
    async (secret) => {
      const account = memoryAccountData()
      await storeSecret(account, { name: SUPERSEDED_BACKUP_KEYS_SECRET, secret, keys: [a] })
      const before = [...account.contents]
      const keeping = { version: '1', backupKey: one, keys: [a] }
      const error = await rejected(keepSupersededBackupKey(account, keeping))
      expect(error.code).toBe('malformed_secret')
      expect([...account.contents]).toEqual(before)
    },
  )

  test('that are no JSON leave no piece of the text in the error', () => {
    const error = caught(() => parseSupersededBackupKeys('[{"version":"1","key":"c2VjcmV0'))
    expect(error.message).not.toContain('c2Vj')
    expect(error.cause).toBeUndefined()
  })

  test('with a key that is none are an error', () => {
    const error = caught(() => parseSupersededBackupKeys('[{"version":"1","key":"AA"}]'))
    expect(error.code).toBe('malformed_secret')
  })

  test('are bounded: nothing falls out unnoticed', async () => {
    const items = Array.from({ length: MAX_SUPERSEDED_BACKUP_KEYS }, (_, version) => ({
      version: String(version),
      key: encodeBase64(one),
    }))
    const account = memoryAccountData()
    const secret = JSON.stringify(items)
    await storeSecret(account, { name: SUPERSEDED_BACKUP_KEYS_SECRET, secret, keys: [a] })
    expect(await kept(account)).toHaveLength(MAX_SUPERSEDED_BACKUP_KEYS)
    const keeping = keepSupersededBackupKey(account, { version: 'x', backupKey: one, keys: [a] })
    expect((await rejected(keeping)).code).toBe('too_many_keys')
    const more = JSON.stringify([...items, ...items])
    expect(caught(() => parseSupersededBackupKeys(more)).code).toBe('too_many_keys')
  })
})

describe('replacing the backup key', () => {
  const replacement = { backupKey: two, supersededVersion: '7', keys: [a] }

  test('keeps the old one with its version first', async () => {
    const account = memoryAccountData()
    await storeBackupKey(account, { backupKey: one, keys: [a] })
    account.calls.length = 0
    await replaceBackupKey(account, replacement)
    expect((await readBackupKey(account, a))?.expose()).toEqual(two)
    expect(await kept(account)).toEqual(['7:1'])
    expect(account.calls.filter((call) => call.startsWith('set'))).toEqual([
      `set ${SUPERSEDED_BACKUP_KEYS_SECRET}`,
      `set ${BACKUP_KEY_SECRET}`,
    ])
  })

  test('keeps nothing where there was none, or the same', async () => {
    const account = memoryAccountData()
    await replaceBackupKey(account, replacement)
    await replaceBackupKey(account, replacement)
    expect(await kept(account)).toEqual([])
    expect((await readBackupKey(account, a))?.expose()).toEqual(two)
  })

  test('stops at an old one that cannot be read', async () => {
    const account = memoryAccountData()
    await storeSecret(account, { name: BACKUP_KEY_SECRET, secret: 'odd', keys: [a] })
    const replacing = replaceBackupKey(account, replacement)
    expect((await rejected(replacing)).code).toBe('malformed_secret')
    expect(await readSecret(account, { name: BACKUP_KEY_SECRET, key: a })).toBe('odd')
  })

  const calls = [0, 1, 2, 3, 4, 5]
  test.each(calls.flatMap((call) => [['none', call] as const, ['done', call] as const]))(
    'loses no key with effect %s in call %i, and completes when it is run again',
    async (effect, call) => {
      const before = memoryAccountData()
      await storeBackupKey(before, { backupKey: one, keys: [a] })
      const failing = memoryAccountData(before.contents, { call, effect })
      const failed = await replaceBackupKey(failing, replacement).then(
        () => false,
        () => true,
      )
      expect(failed).toBe(call < failing.calls.length)
      const current = (await readBackupKey(memoryAccountData(failing.contents), a))?.expose()[0]
      const old = await kept(memoryAccountData(failing.contents))
      expect(current === 1 || (current === 2 && old.includes('7:1'))).toBe(true)
      const again = memoryAccountData(failing.contents)
      await replaceBackupKey(again, replacement)
      expect(await kept(again)).toEqual(['7:1'])
      expect((await readBackupKey(again, a))?.expose()).toEqual(two)
    },
  )
})

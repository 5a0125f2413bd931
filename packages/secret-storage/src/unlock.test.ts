import { CryptoError } from '@roomkeys/crypto/bytes'
import { describe, expect, test } from 'vitest'
import { rejected } from '../test/caught.ts'
import {
  accountDataOf,
  contentOf,
  memoryAccountData,
  PortFailure,
} from '../test/memory-account-data.ts'
import { descriptionOf, firstItem, vectors } from '../test/vectors.ts'
import { createStorageKey, createStorageKeyFromPassphrase, encodeStorageKey } from './key.ts'
import { AES_HMAC_SHA2, DEFAULT_KEY_TYPE, keyDescriptionType } from './schemas.ts'
import {
  readDefaultKey,
  readDefaultKeyId,
  readKey,
  unlockDefaultKey,
  writeDefaultKeyId,
  writeKey,
} from './unlock.ts'

const item = firstItem()
const account = (description: unknown, keyId = 'id') =>
  accountDataOf({
    [DEFAULT_KEY_TYPE]: { key: keyId },
    [keyDescriptionType(keyId)]: description,
  })

describe('the default key', () => {
  test('is read with its description as it came', async () => {
    const description = { ...descriptionOf(item), name: 'n', extra: [1] }
    expect(await readDefaultKey(account(description))).toEqual({ keyId: 'id', description })
  })

  test('is none where there is no account data, or it was cleared', async () => {
    expect(await readDefaultKey(memoryAccountData())).toBeNull()
    expect(await readDefaultKey(accountDataOf({ [DEFAULT_KEY_TYPE]: {} }))).toBeNull()
    expect(await readDefaultKeyId(accountDataOf({ [DEFAULT_KEY_TYPE]: null }))).toBeNull()
    expect(await readKey(accountDataOf({ [keyDescriptionType('id')]: {} }), 'id')).toBeNull()
  })

  test('may have an id that objects know already', async () => {
    const description = descriptionOf(item)
    const found = await readDefaultKey(account(description, '__proto__'))
    expect(found).toEqual({ keyId: '__proto__', description })
  })

  test.each([
    ['malformed_account_data', { [DEFAULT_KEY_TYPE]: { key: 1 } }],
    ['malformed_account_data', { [DEFAULT_KEY_TYPE]: [] }],
    ['malformed_account_data', { [DEFAULT_KEY_TYPE]: 'id' }],
    ['malformed_account_data', { [DEFAULT_KEY_TYPE]: { key: 'a\0' } }],
    ['malformed_account_data', { [DEFAULT_KEY_TYPE]: { key: 'x'.repeat(1e6) } }],
    ['no_key_description', { [DEFAULT_KEY_TYPE]: { key: 'id' } }],
    [
      'malformed_account_data',
      { [DEFAULT_KEY_TYPE]: { key: 'id' }, [keyDescriptionType('id')]: { iv: 1 } },
    ],
  ])('is refused as %s', async (code, contents) => {
    expect((await rejected(readDefaultKey(accountDataOf(contents)))).code).toBe(code)
  })
})

describe('unlocking', () => {
  test.each(vectors.items)('takes the text form $recovery_key', async (vector) => {
    const key = await unlockDefaultKey(account(descriptionOf(vector)), {
      text: ` ${vector.recovery_key}\u00a0\n`,
    })
    expect(key).toMatchObject({ keyId: 'id', check: 'match' })
    expect(encodeStorageKey(key)).toBe(vector.recovery_key)
  })

  test('takes a passphrase, with progress, and refuses another', async () => {
    const made = await createStorageKeyFromPassphrase('right', { rounds: 5 })
    const given = account(made.description)
    const seen: number[] = []
    const onProgress = (done: number): void => void seen.push(done)
    const key = await unlockDefaultKey(given, { passphrase: 'right' }, { onProgress })
    expect(key.key.expose()).toEqual(made.key.expose())
    expect(seen).toEqual([0, 5])
    const error = await rejected(unlockDefaultKey(given, { passphrase: 'wrong' }))
    expect(error.code).toBe('wrong_key')
    expect(error.message).not.toContain('wrong')
  })

  test('refuses another key before it touches a secret', async () => {
    const given = account(descriptionOf(item))
    const text = encodeStorageKey(createStorageKey())
    expect((await rejected(unlockDefaultKey(given, { text }))).code).toBe('wrong_key')
    const bytes = new Uint8Array(32)
    expect((await rejected(unlockDefaultKey(given, { bytes }))).code).toBe('wrong_key')
    expect(new Set(given.calls)).toEqual(
      new Set([`get ${DEFAULT_KEY_TYPE}`, `get ${keyDescriptionType('id')}`]),
    )
  })

  test('says which typo a text has', async () => {
    const text = item.recovery_key.replace(/.$/, (last) => (last === 'q' ? 'r' : 'q'))
    const error: unknown = await unlockDefaultKey(account(descriptionOf(item)), { text }).catch(
      (cause: unknown) => cause,
    )
    expect(error).toBeInstanceOf(CryptoError)
    expect(error).toMatchObject({ code: 'key_text_parity' })
  })

  test('refuses bytes that are no key', async () => {
    const given = account(descriptionOf(item))
    await expect(unlockDefaultKey(given, { bytes: new Uint8Array(16) })).rejects.toThrow(TypeError)
  })

  test('assumes a key to be right where there is no check, and says so', async () => {
    const key = await unlockDefaultKey(account({ algorithm: AES_HMAC_SHA2 }), {
      text: item.recovery_key,
    })
    expect(key.check).toBe('unknown')
  })

  test.each([
    ['no_default_key', memoryAccountData(), { text: item.recovery_key }],
    ['unsupported_algorithm', account({ algorithm: 'm.v9' }), { text: item.recovery_key }],
    ['no_passphrase', account(descriptionOf(item)), { passphrase: 'a' }],
  ] as const)('is refused as %s', async (code, given, key) => {
    expect((await rejected(unlockDefaultKey(given, key))).code).toBe(code)
  })

  test('hands the failure of the port on as it is', async () => {
    const given = memoryAccountData(account(descriptionOf(item)).contents, {
      call: 1,
      effect: 'none',
    })
    await expect(unlockDefaultKey(given, { text: item.recovery_key })).rejects.toThrow(PortFailure)
  })

  test('stops before a call, and after one', async () => {
    const reason = new RangeError('stopped')
    const given = account(descriptionOf(item))
    const options = { signal: AbortSignal.abort(reason) }
    await expect(readDefaultKey(given, options)).rejects.toThrow(reason)
    expect(given.calls).toEqual([])
    const controller = new AbortController()
    const late = {
      ...given,
      get: (type: string) => {
        controller.abort(reason)
        return given.get(type, {})
      },
    }
    await expect(readDefaultKey(late, { signal: controller.signal })).rejects.toThrow(reason)
    expect(given.calls).toHaveLength(1)
  })
})

describe('a description', () => {
  test('is written once, and stays as it is there', async () => {
    const key = createStorageKey({ name: 'n' })
    const given = memoryAccountData()
    await writeKey(given, key)
    await writeDefaultKeyId(given, key.keyId)
    expect(contentOf(given, keyDescriptionType(key.keyId))).toEqual(key.description)
    expect(await readDefaultKey(given)).toEqual({ keyId: key.keyId, description: key.description })
    await writeKey(given, key)
    expect(given.calls.filter((call) => call.startsWith('set'))).toHaveLength(2)
  })

  test('of another key is not overwritten', async () => {
    const given = account(descriptionOf(item))
    const key = { ...createStorageKey(), keyId: 'id' }
    expect((await rejected(writeKey(given, key))).code).toBe('wrong_key')
    expect(contentOf(given, keyDescriptionType('id'))).toEqual(descriptionOf(item))
  })
})

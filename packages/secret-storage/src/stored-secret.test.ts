import { describe, expect, test } from 'vitest'
import { rejected } from '../test/caught.ts'
import {
  accountDataOf,
  contentOf,
  memoryAccountData,
  PortFailure,
} from '../test/memory-account-data.ts'
import { createStorageKey, type SecretStorageKey } from './key.ts'
import { readSecret, storeSecret } from './stored-secret.ts'

const NAME = 'm.cross_signing.master'
const a = createStorageKey()
const b = createStorageKey()

describe('a secret', () => {
  test('is stored for one key and read with it, and with no other', async () => {
    const account = memoryAccountData()
    const outcome = await storeSecret(account, { name: NAME, secret: 'ünï☃', keys: [a] })
    expect(outcome).toEqual({ written: [a.keyId], kept: [] })
    expect(await readSecret(account, { name: NAME, key: a })).toBe('ünï☃')
    expect(await readSecret(account, { name: NAME, key: b })).toBeNull()
    expect(await readSecret(account, { name: 'other', key: a })).toBeNull()
  })

  test('is stored for several keys, each with an iv of its own', async () => {
    const account = memoryAccountData()
    await storeSecret(account, { name: NAME, secret: '', keys: [a, b] })
    expect(await readSecret(account, { name: NAME, key: a })).toBe('')
    expect(await readSecret(account, { name: NAME, key: b })).toBe('')
    const texts = JSON.stringify(contentOf(account, NAME)).match(/"iv":"[^"]+"/g)
    expect(new Set(texts).size).toBe(2)
  })

  test('keeps what others have put beside it, as it came', async () => {
    const encrypted = JSON.parse('{"__proto__":{"odd":null},"old":{"iv":1,"x":[]}}') as object
    const account = accountDataOf({ [NAME]: { encrypted, 'org.example.note': { deep: [1] } } })
    const outcome = await storeSecret(account, { name: NAME, secret: 's', keys: [a] })
    expect(outcome).toEqual({ written: [a.keyId], kept: ['__proto__', 'old'] })
    const content = JSON.stringify(contentOf(account, NAME))
    expect(content).toContain('{"__proto__":{"odd":null},"old":{"iv":1,"x":[]},')
    expect(content).toContain('"org.example.note":{"deep":[1]}')
    expect(await readSecret(account, { name: NAME, key: a })).toBe('s')
  })

  test('is stored under a key id that objects know already', async () => {
    const key: SecretStorageKey = { ...a, keyId: '__proto__' }
    const account = memoryAccountData()
    expect(await readSecret(account, { name: NAME, key })).toBeNull()
    await storeSecret(account, { name: NAME, secret: 's', keys: [key] })
    expect(await readSecret(account, { name: NAME, key })).toBe('s')
  })

  test('is replaced under the keys that are given', async () => {
    const account = memoryAccountData()
    await storeSecret(account, { name: NAME, secret: 'old', keys: [a, b] })
    const outcome = await storeSecret(account, { name: NAME, secret: 'new', keys: [a] })
    expect(outcome).toEqual({ written: [a.keyId], kept: [b.keyId] })
    expect(await readSecret(account, { name: NAME, key: a })).toBe('new')
    expect(await readSecret(account, { name: NAME, key: b })).toBe('old')
  })

  test.each([[{}], [null], [{ 'org.example.note': 1 }]])(
    'is not there where account data is %j, and can be stored',
    async (content) => {
      const account = accountDataOf({ [NAME]: content })
      expect(await readSecret(account, { name: NAME, key: a })).toBeNull()
      await storeSecret(account, { name: NAME, secret: 's', keys: [a] })
      expect(contentOf(account, NAME)).toMatchObject(content ?? {})
      expect(await readSecret(account, { name: NAME, key: a })).toBe('s')
    },
  )

  test.each([['text'], [[]], [1], [{ encrypted: [] }], [{ encrypted: null }]])(
    'in account data that is %j is an error, and nothing is overwritten',
    async (content) => {
      const account = accountDataOf({ [NAME]: content })
      const reading = await rejected(readSecret(account, { name: NAME, key: a }))
      expect(reading.code).toBe('malformed_account_data')
      const writing = storeSecret(account, { name: NAME, secret: 'hidden', keys: [a] })
      expect((await rejected(writing)).message).not.toContain('hidden')
      expect(contentOf(account, NAME)).toEqual(content)
    },
  )

  test('under our key id by another key is an error', async () => {
    const account = memoryAccountData()
    await storeSecret(account, { name: NAME, secret: 's', keys: [{ ...b, keyId: a.keyId }] })
    const reading = readSecret(account, { name: NAME, key: a })
    expect((await rejected(reading)).code).toBe('mac_mismatch')
  })

  test('needs a key', async () => {
    const account = memoryAccountData()
    const storing = storeSecret(account, { name: NAME, secret: 's', keys: [] })
    await expect(storing).rejects.toThrow(TypeError)
    expect(account.calls).toEqual([])
  })
})

describe('what the port does', () => {
  test.each([0, 1])('its failure in call %i comes back as it is', async (call) => {
    const account = memoryAccountData(new Map(), { call, effect: 'none' })
    const storing = storeSecret(account, { name: NAME, secret: 's', keys: [a] })
    await expect(storing).rejects.toThrow(PortFailure)
    expect(account.contents.size).toBe(0)
  })

  test('an aborted signal stops between reading and writing', async () => {
    const controller = new AbortController()
    const account = memoryAccountData()
    const slow = {
      ...account,
      get: (type: string) => {
        controller.abort(new RangeError('stopped'))
        return account.get(type, {})
      },
    }
    const options = { signal: controller.signal }
    const storing = storeSecret(slow, { name: NAME, secret: 's', keys: [a] }, options)
    await expect(storing).rejects.toThrow(RangeError)
    expect(account.calls).toEqual([`get ${NAME}`])
  })

  test('the signal is handed on', async () => {
    const { signal } = new AbortController()
    const seen: unknown[] = []
    const account = memoryAccountData()
    const watched = {
      get: (type: string, options: object) => (seen.push(options), account.get(type, {})),
      set: (type: string, content: object, options: object) => (
        seen.push(options),
        account.set(type, { ...content }, {})
      ),
    }
    await storeSecret(watched, { name: NAME, secret: 's', keys: [a] }, { signal })
    await storeSecret(watched, { name: NAME, secret: 's', keys: [a] })
    expect(seen).toEqual([{ signal }, { signal }, {}, {}])
  })
})

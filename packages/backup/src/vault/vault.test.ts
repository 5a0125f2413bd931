import {
  BACKUP_KEY_SECRET,
  createStorageKey,
  readBackupKey,
  readSecret,
  readSupersededBackupKeys,
  replaceBackupKey,
  type SecretAccountData,
  SecretStorageError,
  storeBackupKey,
  storeSecret,
  SUPERSEDED_BACKUP_KEYS_SECRET,
} from '@roomkeys/secret-storage'
import { describe, expect, test } from 'vitest'
import { createAccount, NoAnswer, type SimulatedAccount } from '../../test/vault/account-data.ts'
import { type DecryptionKey, decryptionKeyFromBytes } from '../decryption-key.ts'
import type { SecretVault } from '../ports.ts'
import { secretVaultSuite } from '../store-suite.ts'
import { createMemoryVault, secretStorageVault } from '../vault.ts'

const STORAGE_KEY = createStorageKey({ key: new Uint8Array(32).fill(9) })
const OTHER_STORAGE_KEY = createStorageKey({ key: new Uint8Array(32).fill(8) })

function keyOf(byte: number): DecryptionKey {
  return decryptionKeyFromBytes(new Uint8Array(32).fill(byte))
}
const [OLD, NEW, THIRD] = [keyOf(1), keyOf(2), keyOf(3)]

function vaultOf(accountData: SecretAccountData): SecretVault {
  return secretStorageVault({ accountData, keys: [STORAGE_KEY] })
}

async function has(vault: SecretVault, ...keys: readonly DecryptionKey[]): Promise<boolean> {
  const found = await Promise.all(keys.map(({ publicKey }) => vault.find(publicKey)))
  return found.every((key) => key !== null)
}

const VAULTS: readonly (readonly [string, () => Promise<SecretVault>])[] = [
  ['memory', () => Promise.resolve(createMemoryVault())],
  ['secret storage', () => Promise.resolve(vaultOf(createAccount()))],
]

describe.each(VAULTS)('a vault in %s', (_, open) => {
  test.each(secretVaultSuite)('$title', async ({ run }) => {
    await expect(run(open)).resolves.toBeUndefined()
  })
})

describe('what other clients see', () => {
  test('the current key is where the specification has it', async () => {
    const account = createAccount()
    await vaultOf(account).makeCurrent(NEW)
    const key = await readBackupKey(account, STORAGE_KEY)
    expect(key?.expose()).toEqual(NEW.privateKey.expose())
  })

  test('a key that another client stored is current, and is kept when it is superseded', async () => {
    const account = createAccount()
    const backupKey = OLD.privateKey.expose()
    await storeBackupKey(account, { backupKey, keys: [STORAGE_KEY] })
    const vault = vaultOf(account)
    expect((await vault.current())?.publicKey).toBe(OLD.publicKey)
    await vault.makeCurrent(NEW)
    expect(await has(vault, OLD, NEW)).toBe(true)
  })

  test('keys that were kept with a version are found, and forgotten', async () => {
    const account = createAccount()
    const keys = [STORAGE_KEY]
    for (const [version, key] of [OLD, NEW, THIRD].entries())
      await replaceBackupKey(account, {
        backupKey: key.privateKey.expose(),
        supersededVersion: String(version),
        keys,
      })
    const vault = vaultOf(account)
    expect(await has(vault, OLD, NEW, THIRD)).toBe(true)
    await vault.forget(OLD.publicKey)
    const left = await readSupersededBackupKeys(account, keys)
    expect(left.map(({ version }) => version)).toEqual(['2'])
  })

  test('unknown fields of the list stay when another key is forgotten', async () => {
    const account = createAccount()
    const vault = vaultOf(account)
    await vault.keep(OLD)
    await vault.keep(NEW)
    const secret = { name: SUPERSEDED_BACKUP_KEYS_SECRET, key: STORAGE_KEY }
    const list = JSON.parse((await readSecret(account, secret)) ?? '[]') as object[]
    const noted = JSON.stringify(list.map((item) => ({ ...item, note: 'ours' })))
    await storeSecret(account, { name: secret.name, secret: noted, keys: [STORAGE_KEY] })
    await vault.forget(OLD.publicKey)
    const left: unknown = JSON.parse((await readSecret(account, secret)) ?? '[]')
    expect(left).toEqual([expect.objectContaining({ note: 'ours' })])
  })
})

describe('two storage keys', () => {
  const keys = [STORAGE_KEY, OTHER_STORAGE_KEY] as const

  test('both open what is written', async () => {
    const account = createAccount()
    const both = secretStorageVault({ accountData: account, keys })
    await both.makeCurrent(OLD)
    await both.makeCurrent(NEW)
    for (const key of keys) {
      const vault = secretStorageVault({ accountData: account, keys: [key] })
      expect((await vault.current())?.publicKey).toBe(NEW.publicKey)
      expect(await has(vault, OLD, NEW)).toBe(true)
    }
  })

  test('a current key that only the second one opens is current, and is completed', async () => {
    const account = createAccount()
    const second = secretStorageVault({ accountData: account, keys: [OTHER_STORAGE_KEY] })
    await second.makeCurrent(OLD)
    const both = secretStorageVault({ accountData: account, keys })
    expect((await both.current())?.publicKey).toBe(OLD.publicKey)
    await both.makeCurrent(OLD)
    expect((await vaultOf(account).current())?.publicKey).toBe(OLD.publicKey)
  })

  test('that hold two current keys lose neither', async () => {
    const account = createAccount()
    for (const [storageKey, key] of [
      [STORAGE_KEY, OLD],
      [OTHER_STORAGE_KEY, NEW],
    ] as const)
      await storeBackupKey(account, { backupKey: key.privateKey.expose(), keys: [storageKey] })
    const both = secretStorageVault({ accountData: account, keys })
    await both.forget(NEW.publicKey)
    await both.makeCurrent(THIRD)
    expect(await has(both, OLD, NEW, THIRD)).toBe(true)
  })
})

describe('what cannot be read', () => {
  test.each([BACKUP_KEY_SECRET, SUPERSEDED_BACKUP_KEYS_SECRET])(
    '%s is told, and not overwritten',
    async (name) => {
      const account = createAccount()
      await storeSecret(account, { name, secret: 'no key at all', keys: [STORAGE_KEY] })
      const before = [...account.contents]
      const vault = vaultOf(account)
      for (const call of [
        () => vault.find(OLD.publicKey),
        () => vault.makeCurrent(NEW),
        () => vault.forget(OLD.publicKey),
      ])
        await expect(call()).rejects.toBeInstanceOf(SecretStorageError)
      expect([...account.contents]).toEqual(before)
    },
  )
})

describe('a crash', () => {
  /** Keeps and switches as a rotation does. */
  async function rotate(vault: SecretVault): Promise<void> {
    await vault.keep(NEW)
    await vault.makeCurrent(NEW)
  }

  async function accountWithOld(account: SimulatedAccount): Promise<SimulatedAccount> {
    await vaultOf(account).makeCurrent(OLD)
    return account
  }

  async function callsOfRotation(): Promise<number> {
    const account = await accountWithOld(createAccount())
    const before = account.calls.length
    await rotate(vaultOf(account))
    return account.calls.length - before
  }

  test.each(['before', 'after'])(
    'with no answer, %s the effect of any call, loses no key, and a second run completes it',
    async (moment) => {
      const calls = await callsOfRotation()
      expect(calls).toBeGreaterThan(5)
      for (let crash = 0; crash < calls; crash++) {
        let armed = Infinity
        const fail = (_: string, position: number): void => {
          if (position === armed) throw new NoAnswer()
        }
        const account = await accountWithOld(
          moment === 'before' ? createAccount(fail) : createAccount(undefined, fail),
        )
        armed = account.calls.length + crash
        await expect(rotate(vaultOf(account))).rejects.toBeInstanceOf(NoAnswer)
        const vault = vaultOf(account)
        const current = await vault.current()
        expect([OLD.publicKey, NEW.publicKey]).toContain(current?.publicKey)
        expect(await has(vault, OLD)).toBe(true)
        const isSwitched = current?.publicKey === NEW.publicKey
        expect(!isSwitched || (await has(vault, NEW))).toBe(true)
        await rotate(vault)
        expect((await vault.current())?.publicKey).toBe(NEW.publicKey)
        expect(await has(vault, OLD, NEW)).toBe(true)
      }
    },
  )

  test('between keep and makeCurrent leaves the new key findable and the old one current', async () => {
    const account = await accountWithOld(createAccount())
    await vaultOf(account).keep(NEW)
    const vault = vaultOf(account)
    expect((await vault.current())?.publicKey).toBe(OLD.publicKey)
    expect(await has(vault, NEW)).toBe(true)
  })
})

describe('two devices at once', () => {
  test('that make different keys current lose neither', async () => {
    const account = createAccount()
    const [first, second] = [vaultOf(account), vaultOf(account)]
    await first.makeCurrent(OLD)
    await Promise.all([first.makeCurrent(NEW), second.makeCurrent(THIRD)])
    expect([NEW.publicKey, THIRD.publicKey]).toContain((await first.current())?.publicKey)
    expect(await has(first, OLD, NEW, THIRD)).toBe(true)
  })

  test('a list that another one overwrites is written again', async () => {
    let overwrites = 0
    const account = createAccount(undefined, (call) => {
      if (call !== `set ${SUPERSEDED_BACKUP_KEYS_SECRET}` || overwrites >= 2) return
      overwrites += 1
      account.contents.delete(SUPERSEDED_BACKUP_KEYS_SECRET)
    })
    await vaultOf(account).keep(NEW)
    expect(overwrites).toBe(2)
    expect(await has(vaultOf(account), NEW)).toBe(true)
  })

  test('a list that is overwritten for ever is told, before anything else is changed', async () => {
    const account = createAccount(undefined, (call) => {
      if (call === `set ${SUPERSEDED_BACKUP_KEYS_SECRET}`)
        account.contents.delete(SUPERSEDED_BACKUP_KEYS_SECRET)
    })
    const making = vaultOf(account).makeCurrent(NEW)
    await expect(making).rejects.toMatchObject({ code: 'not_written' })
    expect(account.contents.has(BACKUP_KEY_SECRET)).toBe(false)
  })
})

test('a vault without storage keys is a mistake of the caller', async () => {
  // A caller without types can do this.
  const keys = [] as unknown as readonly [typeof STORAGE_KEY]
  const vault = secretStorageVault({ accountData: createAccount(), keys })
  await expect(vault.keep(NEW)).rejects.toBeInstanceOf(TypeError)
})

test('IVs come from the random source that is given', async () => {
  const account = createAccount()
  const asked: number[] = []
  const random = (length: number) => {
    asked.push(length)
    return new Uint8Array(length).fill(5)
  }
  await secretStorageVault({ accountData: account, keys: [STORAGE_KEY], random }).makeCurrent(NEW)
  expect(asked.length).toBeGreaterThan(1)
})

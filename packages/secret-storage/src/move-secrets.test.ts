import { describe, expect, test } from 'vitest'
import { rejected } from '../test/caught.ts'
import {
  contentOf,
  type Fault,
  type MemoryAccountData,
  memoryAccountData,
  PortFailure,
} from '../test/memory-account-data.ts'
import { createStorageKey, type SecretStorageKey } from './key.ts'
import { KNOWN_SECRETS, type MoveReport, moveSecrets } from './move-secrets.ts'
import { DEFAULT_KEY_TYPE, keyDescriptionType } from './schemas.ts'
import { readSecret, storeSecret } from './stored-secret.ts'
import { readDefaultKeyId, unlockDefaultKey, writeDefaultKeyId, writeKey } from './unlock.ts'

const from = createStorageKey()
const to = createStorageKey()
const third = createStorageKey()

/** A value for each known secret but one. */
const SECRETS = KNOWN_SECRETS.slice(0, 4).map((name, index) => [name, `secret ${index}`] as const)
const ABSENT = KNOWN_SECRETS[4] ?? ''

/** An account whose secrets are stored under the old key, one of them under a third one too. */
async function account(): Promise<MemoryAccountData> {
  const made = memoryAccountData()
  await writeKey(made, from)
  await writeDefaultKeyId(made, from.keyId)
  for (const [index, [name, secret]] of SECRETS.entries())
    await storeSecret(made, { name, secret, keys: index === 0 ? [from, third] : [from] })
  return memoryAccountData(made.contents)
}

async function opens(given: MemoryAccountData, key: SecretStorageKey): Promise<boolean> {
  const fresh = memoryAccountData(given.contents)
  for (const [name, secret] of SECRETS)
    if ((await readSecret(fresh, { name, key })) !== secret) return false
  return true
}

function statuses({ secrets }: MoveReport): readonly string[] {
  return secrets.map((outcome) =>
    outcome.status === 'failed' ? outcome.error.code : outcome.status,
  )
}

function keyIdsOf(given: MemoryAccountData, name: string): readonly string[] {
  return Object.keys(contentOf(given, name)?.['encrypted'] ?? {})
}

const ALL_MOVED = ['moved', 'moved', 'moved', 'moved', 'not_stored']

/** That everything is under the new key alone, but for what the third key has. */
async function expectMoved(given: MemoryAccountData): Promise<void> {
  expect(await opens(given, to)).toBe(true)
  expect(await readDefaultKeyId(memoryAccountData(given.contents))).toBe(to.keyId)
  for (const [index, [name]] of SECRETS.entries())
    expect(keyIdsOf(given, name).toSorted()).toEqual(
      (index === 0 ? [third.keyId, to.keyId] : [to.keyId]).toSorted(),
    )
}

describe('moving', () => {
  test('puts every secret under the new key, makes it the default, and drops the old', async () => {
    const given = await account()
    const before = contentOf(given, 'm.cross_signing.master')
    const report = await moveSecrets(given, { from, to })
    expect(report.switched).toBe(true)
    expect(report.secrets.map(({ name }) => name)).toEqual(KNOWN_SECRETS)
    expect(statuses(report)).toEqual(ALL_MOVED)
    await expectMoved(given)
    const bytes = to.key.expose()
    expect((await unlockDefaultKey(given, { bytes })).check).toBe('match')
    const ofThird = { encrypted: { [third.keyId]: expect.anything() as unknown } }
    expect(contentOf(given, 'm.cross_signing.master')).toMatchObject(ofThird)
    expect(before).toMatchObject(ofThird)
    expect(contentOf(given, keyDescriptionType(from.keyId))).toEqual(from.description)
  })

  test('goes in this order: describe, write, read back, switch, drop', async () => {
    const given = await account()
    await moveSecrets(given, { from, to })
    const writes = given.calls.filter((call) => call.startsWith('set'))
    const names = SECRETS.map(([name]) => `set ${name}`)
    expect(writes).toEqual([
      `set ${keyDescriptionType(to.keyId)}`,
      ...names,
      `set ${DEFAULT_KEY_TYPE}`,
      ...names,
    ])
  })

  test('again changes nothing', async () => {
    const given = await account()
    await moveSecrets(given, { from, to })
    const after = [...given.contents]
    const report = await moveSecrets(given, { from, to })
    expect(statuses(report)).toEqual(ALL_MOVED)
    expect(report.switched).toBe(true)
    expect([...given.contents]).toEqual(after)
  })

  test('takes the names that are given, and keeps the fields beside them', async () => {
    const given = await account()
    const name = 'org.example.token'
    await storeSecret(given, { name, secret: 's', keys: [from] })
    given.contents.set(name, JSON.stringify({ ...contentOf(given, name), note: [1] }))
    const report = await moveSecrets(given, { from, to, names: [name] })
    expect(report).toEqual({ switched: true, secrets: [{ name, status: 'moved' }] })
    expect(contentOf(given, name)).toMatchObject({ note: [1] })
    expect(await readSecret(given, { name, key: to })).toBe('s')
    expect(await opens(given, from)).toBe(true)
  })

  test('says where a secret is that neither key has', async () => {
    const given = await account()
    await storeSecret(given, { name: ABSENT, secret: 's', keys: [third] })
    const { secrets } = await moveSecrets(given, { from, to })
    expect(secrets[4]).toEqual({ name: ABSENT, status: 'not_stored', otherKeys: [third.keyId] })
  })

  test('makes the new key the default where there was none', async () => {
    const given = await account()
    given.contents.delete(DEFAULT_KEY_TYPE)
    expect((await moveSecrets(given, { from, to })).switched).toBe(true)
    await expectMoved(given)
  })

  test('writes anew what the new key does not open', async () => {
    const given = await account()
    const [name, secret] = SECRETS[1] ?? ['', '']
    await storeSecret(given, { name, secret, keys: [{ ...third, keyId: to.keyId }] })
    expect(statuses(await moveSecrets(given, { from, to }))).toEqual(ALL_MOVED)
    await expectMoved(given)
  })
})

describe('a secret that fails', () => {
  const [name, secret] = SECRETS[1] ?? ['', '']

  test.each([
    ['mac_mismatch', { encrypted: { [from.keyId]: { iv: '', ciphertext: '', mac: '' } } }],
    ['malformed_secret', { encrypted: { [from.keyId]: { passthrough: true } } }],
    ['malformed_account_data', { encrypted: 'odd' }],
  ])('as %s keeps the default and every old encryption', async (code, content) => {
    const given = await account()
    given.contents.set(name, JSON.stringify(content))
    const report = await moveSecrets(given, { from, to })
    expect(report.switched).toBe(false)
    expect(statuses(report)).toEqual(['copied', code, 'copied', 'copied', 'not_stored'])
    expect(contentOf(given, name)).toEqual(content)
    expect(await readDefaultKeyId(given)).toBe(from.keyId)
    for (const [other, value] of SECRETS.filter(([other]) => other !== name)) {
      expect(await readSecret(given, { name: other, key: from })).toBe(value)
      expect(await readSecret(given, { name: other, key: to })).toBe(value)
    }
  })

  test('because the keys hold different values is not decided here', async () => {
    const given = await account()
    await storeSecret(given, { name, secret: 'other', keys: [to] })
    const report = await moveSecrets(given, { from, to })
    expect(statuses(report)[1]).toBe('values_differ')
    expect(report.switched).toBe(false)
    expect(await readSecret(given, { name, key: from })).toBe(secret)
    expect(await readSecret(given, { name, key: to })).toBe('other')
    await storeSecret(given, { name, secret, keys: [from, to] })
    expect(statuses(await moveSecrets(given, { from, to }))).toEqual(ALL_MOVED)
  })

  test('because another client wrote between the switch and the drop stays under both', async () => {
    const given = await account()
    const racing = {
      ...given,
      set: async (...[type, content, options]: Parameters<typeof given.set>) => {
        await given.set(type, content, options)
        if (type === DEFAULT_KEY_TYPE)
          await storeSecret(given, { name, secret: 'newer', keys: [to] })
      },
    }
    const report = await moveSecrets(racing, { from, to })
    expect(report.switched).toBe(true)
    expect(statuses(report)).toEqual(['moved', 'values_differ', 'moved', 'moved', 'not_stored'])
    expect(await readSecret(given, { name, key: from })).toBe(secret)
    expect(await readSecret(given, { name, key: to })).toBe('newer')
  })

  test('because the server did not write it is seen before the switch', async () => {
    const given = await account()
    const forgetful = {
      ...given,
      set: (...[type, content, options]: Parameters<typeof given.set>) =>
        type === name ? Promise.resolve() : given.set(type, content, options),
    }
    const report = await moveSecrets(forgetful, { from, to })
    expect(statuses(report)[1]).toBe('not_written')
    expect(report.switched).toBe(false)
    expect(await opens(given, from)).toBe(true)
  })

  test('under a wrong old key without a check moves nothing', async () => {
    const given = await account()
    const wrong = { ...third, keyId: from.keyId, check: 'unknown' } as const
    const report = await moveSecrets(given, { from: wrong, to })
    expect(report.switched).toBe(false)
    expect(statuses(report).slice(0, 4)).toEqual(Array(4).fill('mac_mismatch'))
    expect(await opens(given, from)).toBe(true)
  })
})

describe('a move is refused', () => {
  test('to the same key id', async () => {
    const given = await account()
    await expect(moveSecrets(given, { from, to: { ...to, keyId: from.keyId } })).rejects.toThrow(
      TypeError,
    )
    expect(given.calls).toEqual([])
  })

  test('where the default key is another one', async () => {
    const given = await account()
    await writeDefaultKeyId(given, third.keyId)
    const before = [...given.contents]
    expect((await rejected(moveSecrets(given, { from, to }))).code).toBe('other_default_key')
    expect([...given.contents]).toEqual(before)
  })

  test('where the account has another key under the new id', async () => {
    const given = await account()
    await writeKey(given, { ...third, keyId: to.keyId })
    const before = [...given.contents]
    expect((await rejected(moveSecrets(given, { from, to }))).code).toBe('wrong_key')
    expect([...given.contents]).toEqual(before)
  })

  test('once its signal is aborted', async () => {
    const given = await account()
    const signal = AbortSignal.abort(new RangeError('stopped'))
    await expect(moveSecrets(given, { from, to }, { signal })).rejects.toThrow(RangeError)
    expect(given.calls).toEqual([])
  })
})

/** Calls of a move that nothing disturbs. */
const CALLS = 27

describe('a failure at any call', () => {
  test(`counts all ${CALLS} of them`, async () => {
    const given = await account()
    await moveSecrets(given, { from, to })
    expect(given.calls).toHaveLength(CALLS)
  })

  const faults: readonly Fault[] = Array.from({ length: CALLS }, (_, call) => call).flatMap(
    (call) => [
      { call, effect: 'none' },
      { call, effect: 'done' },
    ],
  )

  test.each(faults)(
    '$call, with its effect $effect: the default key opens everything, and again completes',
    async (fault) => {
      const failing = memoryAccountData((await account()).contents, fault)
      await expect(moveSecrets(failing, { from, to })).rejects.toThrow(PortFailure)
      const isSwitched = (await readDefaultKeyId(memoryAccountData(failing.contents))) === to.keyId
      expect(await opens(failing, isSwitched ? to : from)).toBe(true)
      const again = memoryAccountData(failing.contents)
      const report = await moveSecrets(again, { from, to })
      expect(report.switched).toBe(true)
      expect(statuses(report)).toEqual(ALL_MOVED)
      await expectMoved(again)
    },
  )

  test('and at any call of the second run, too', async () => {
    for (const first of faults) {
      const begun = memoryAccountData((await account()).contents, first)
      await expect(moveSecrets(begun, { from, to })).rejects.toThrow(PortFailure)
      for (const second of faults.filter(({ call }) => call % 5 === first.call % 5)) {
        const resumed = memoryAccountData(begun.contents, second)
        const ended: unknown = await moveSecrets(resumed, { from, to }).then(
          () => null,
          (error: unknown) => error,
        )
        expect(ended === null || ended instanceof PortFailure).toBe(true)
        const id = await readDefaultKeyId(memoryAccountData(resumed.contents))
        expect(await opens(resumed, id === to.keyId ? to : from)).toBe(true)
        const last = memoryAccountData(resumed.contents)
        expect(statuses(await moveSecrets(last, { from, to }))).toEqual(ALL_MOVED)
        await expectMoved(last)
      }
    }
  })
})

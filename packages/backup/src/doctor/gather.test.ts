import { encodeBase64, encodePaddedBase64 } from '@roomkeys/crypto/base64'
import { encodeKeyText } from '@roomkeys/crypto/key-text'
import { SecretBytes } from '@roomkeys/crypto/secret'
import type { JsonObject } from '@roomkeys/types'
import fc from 'fast-check'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  currentKey,
  evidenceOf,
  keep,
  leaveBehind,
  makeAccount,
  olderKey,
  portsOf,
  storageKeyOf,
  storeOnly,
} from '../../test/doctor/account.ts'
import { caller } from '../../test/trust/world.ts'
import { decryptionKeyFromBytes } from '../decryption-key.ts'
import { examine } from './examine.ts'
import { MAX_STORAGE_KEYS } from './gather-account-data.ts'
import { MAX_PROBED_VERSIONS } from './gather-versions.ts'
import { gatherEvidence } from './gather.ts'
import type { DoctorPorts } from './ports.ts'

const SECRET = 'm.megolm_backup.v1'

test('the evidence of an account in order', async () => {
  const account = await makeAccount()
  leaveBehind(account, '1')
  await keep(account, '1', olderKey)
  const evidence = await evidenceOf(account)
  const { keyId } = account.storageKey
  expect(evidence).toMatchObject({
    current: { state: 'read', value: { version: '3' } },
    older: [{ version: '1' }],
    gone: ['2'],
    unread: [],
    notAsked: 0,
    trust: { state: 'read', value: { keyMatch: 'match' } },
    defaultKey: { state: 'read', value: { state: 'named', keyId } },
    storageKeys: [{ keyId, description: { state: 'read', value: 'present' }, given: 'match' }],
    backupSecret: {
      value: {
        state: 'stored',
        keyIds: [keyId],
        opening: { state: 'opened', keyId, publicKey: currentKey.publicKey },
      },
    },
    superseded: { state: 'read', value: [{ version: '1', publicKey: olderKey.publicKey }] },
    preference: { value: { state: 'set', enabled: true } },
    unstablePreference: { value: { state: 'missing' } },
  })
})

test('without the storage key it tells what it can', async () => {
  const account = await makeAccount()
  account.given = null
  const evidence = await evidenceOf(account)
  expect(evidence).toMatchObject({
    storageKeys: [{ given: 'not_given' }],
    backupSecret: { value: { state: 'stored', opening: { state: 'not_tried' } } },
    superseded: { state: 'not_read' },
    trust: { value: { keyMatch: 'no_key' } },
  })
})

test('a key that the description has no check of is tried', async () => {
  const account = await makeAccount()
  const { keyId } = account.storageKey
  const type = `m.secret_storage.key.${keyId}`
  account.content.set(type, { algorithm: 'm.secret_storage.v1.aes-hmac-sha2' })
  expect(await evidenceOf(account)).toMatchObject({
    storageKeys: [{ given: 'unknown' }],
    backupSecret: { value: { opening: { state: 'opened', publicKey: currentKey.publicKey } } },
  })
  account.content.delete(type)
  expect(await evidenceOf(account)).toMatchObject({
    storageKeys: [{ description: { value: 'missing' } }],
    backupSecret: { value: { opening: { state: 'opened' } } },
    superseded: { state: 'not_read' },
  })
})

describe('which versions are asked for', () => {
  async function asked(change: (account: Awaited<ReturnType<typeof makeAccount>>) => void) {
    const account = await makeAccount()
    change(account)
    const names: string[] = []
    const ports: DoctorPorts = {
      ...portsOf(account),
      readVersion: (version) => Promise.resolve(void names.push(version)).then(() => null),
    }
    const { client } = account
    const evidence = await gatherEvidence(ports, {
      caller,
      ...(client === null ? {} : { client }),
    })
    return { names, notAsked: evidence.notAsked }
  }
  const rename = (version: string) => (account: Awaited<ReturnType<typeof makeAccount>>) => {
    const info = account.versions.get('3')
    if (info === undefined) throw new TypeError('There is no version 3')
    account.versions.set(version, { ...info, version: version as typeof info.version })
    account.current = version
    account.client = null
  }

  test('all numbers below the current one', async () => {
    expect(await asked(rename('4'))).toEqual({ names: ['3', '2', '1'], notAsked: 0 })
    expect(await asked(rename('1'))).toEqual({ names: [], notAsked: 0 })
  })

  test('no more than a limit', async () => {
    const { names, notAsked } = await asked(rename('1000000'))
    expect(names).toHaveLength(MAX_PROBED_VERSIONS)
    expect(names[0]).toBe('999999')
    expect(notAsked).toBe(999_999 - MAX_PROBED_VERSIONS)
  })

  test.each([['opaque'], ['0'], ['-1'], ['01'], ['1e3'], ['99999999999999999999']])(
    'none below %j',
    async (version) => {
      expect(await asked(rename(version))).toEqual({ names: [], notAsked: 0 })
    },
  )

  test('the one of the client first, unless no request can name it', async () => {
    const client = { publicKey: null, etag: null, total: null, pending: null }
    const using = (version: string) =>
      asked((account) => {
        account.client = { ...client, version }
      })
    expect((await using('5')).names).toEqual(['5', '4', '2', '1'])
    expect((await using('..')).names).toEqual(['2', '1'])
    expect((await using('')).names).toEqual(['2', '1'])
  })

  test('not all when the server fails again and again', async () => {
    const account = await makeAccount()
    rename('40')(account)
    for (let version = 1; version < 40; version++)
      account.failing.set(String(version), new Error('down'))
    const { unread, notAsked } = await evidenceOf(account)
    expect(unread.map(({ version }) => version)).toEqual(['39', '38', '37'])
    expect(notAsked).toBe(36)
  })
})

test('many storage keys are bounded, and the default one is among them', async () => {
  const account = await makeAccount()
  const { content, storageKey } = account
  const { encrypted } = content.get(SECRET) as { readonly encrypted: JsonObject }
  const others = Array.from({ length: 1_000 }, (_, index) => [`K${index}`, {}] as const)
  content.set(SECRET, { encrypted: { ...Object.fromEntries(others), ...encrypted } })
  const evidence = await evidenceOf(account)
  expect(evidence.storageKeys).toHaveLength(MAX_STORAGE_KEYS)
  expect(evidence.storageKeys[0]?.keyId).toBe(storageKey.keyId)
  expect(examine(evidence)).toEqual([])
})

test('a version that has not the shape of one is a failure', async () => {
  const account = await makeAccount()
  const info = account.versions.get('3')
  // A server may leave the algorithm out; the type says what should come.
  account.versions.set('3', { ...info, algorithm: undefined } as never)
  const { current } = await evidenceOf(account)
  expect(current).toMatchObject({ state: 'failed', failure: { code: 'shape' } })
})

test('nothing is written', async () => {
  const account = await makeAccount()
  const before = JSON.stringify([...account.content])
  await evidenceOf(account)
  expect(JSON.stringify([...account.content])).toBe(before)
})

test('a key of the caller that is none is a mistake', async () => {
  const { userId } = caller
  const options = { caller: { userId, device: { deviceId: 'D', publicKey: 'x' } } }
  const account = await makeAccount()
  await expect(gatherEvidence(portsOf(account), options)).rejects.toThrow(TypeError)
})

describe('an abort is no evidence', () => {
  test('before', async () => {
    const signal = AbortSignal.abort(new Error('stop'))
    await expect(evidenceOf(await makeAccount(), { signal })).rejects.toThrow('stop')
  })

  test('at any read', async () => {
    const account = await makeAccount()
    leaveBehind(account, '1')
    const ports = portsOf(account)
    const run = async (stopAt: number): Promise<number> => {
      const controller = new AbortController()
      let reads = 0
      const counted =
        <A extends readonly unknown[], T>(port: (...args: A) => Promise<T>) =>
        (...args: A): Promise<T> => {
          if (++reads === stopAt) controller.abort(new Error('stop'))
          return port(...args)
        }
      const counting = {
        currentVersion: counted(ports.currentVersion),
        readVersion: counted(ports.readVersion),
        accountData: counted(ports.accountData),
        queryKeys: counted(ports.queryKeys),
      }
      const { signal } = controller
      const options = { caller, signal, storageKey: account.storageKey.key }
      const outcome = await gatherEvidence(counting, options).then(
        () => 'done',
        (error: unknown) => error,
      )
      expect(outcome).toEqual(stopAt > 0 ? new Error('stop') : 'done')
      return reads
    }
    const all = await run(0)
    expect(all).toBeGreaterThan(8)
    for (let stopAt = 1; stopAt <= all; stopAt++) expect(await run(stopAt)).toBe(stopAt)
  })
})

/** Every form in which 32 bytes may leak. */
function forms(bytes: Uint8Array): readonly string[] {
  return [
    encodeBase64(bytes),
    encodePaddedBase64(bytes),
    encodeBase64(bytes).replaceAll('+', '-').replaceAll('/', '_'),
    encodeKeyText(bytes),
    encodeKeyText(bytes).replaceAll(' ', ''),
    Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''),
    Array.from(bytes).join(','),
    Array.from(bytes).join(', '),
  ]
}

const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>
const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe('whatever the account holds and the server answers', () => {
  test('becomes evidence and findings, and no secret is among them', async () => {
    const change = fc.record({
      type: fc.constantFrom(
        SECRET,
        'm.secret_storage.default_key',
        'm.key_backup',
        'm.org.matrix.custom.backup_disabled',
        'io.github.roomkeys.superseded_backup_keys',
        'key',
        'current',
        '2',
        'keys',
      ),
      how: fc.oneof(
        fc.constant({ kind: 'error' } as const),
        fc.constant({ kind: 'typed_error' } as const),
        fc.record({ kind: fc.constant('content' as const), content: json }),
      ),
    })
    await fc.assert(
      fc.asyncProperty(bytes, bytes, fc.array(change, { maxLength: 3 }), async (...row) => {
        const [secret, storage, changes] = row
        const account = await makeAccount()
        const key = decryptionKeyFromBytes(secret)
        await storeOnly(account, key, [account.storageKey])
        await keep(account, '2', key)
        leaveBehind(account, '2', { key })
        for (const { type, how } of changes) {
          const name = type === 'key' ? `m.secret_storage.key.${account.storageKey.keyId}` : type
          if (how.kind === 'content') account.content.set(name, how.content)
          // A port that quotes what it read; one with a code has promised not to.
          else if (how.kind === 'error')
            account.failing.set(name, new SyntaxError(`Unexpected ${encodeBase64(secret)}`))
          else account.failing.set(name, Object.assign(new Error('down'), { code: 'offline' }))
        }
        if (changes.length === 1) account.given = new SecretBytes(storage)
        const evidence = await evidenceOf(account)
        const findings = examine(evidence)
        const output =
          JSON.stringify([evidence, findings]) + inspect([evidence, findings], false, 20)
        const given = account.given?.expose() ?? storage
        for (const form of [...forms(secret), ...forms(given)]) expect(output).not.toContain(form)
      }),
      { numRuns: 150 },
    )
  })

  test('answers of any JSON are evidence', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(json, { minLength: 1, maxLength: 12 }), async (answers) => {
        let at = 0
        // A server answers what it likes, whatever the types say.
        const next = (): Promise<never> => Promise.resolve(answers[at++ % answers.length] as never)
        const ports = {
          currentVersion: next,
          readVersion: next,
          accountData: next,
          queryKeys: next,
        }
        const storageKey = storageKeyOf(5).key
        const findings = examine(await gatherEvidence(ports, { caller, storageKey }))
        expect(findings.every(({ text }) => text.length < 400)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

import fc from 'fast-check'
import { pbkdf2Sync } from 'node:crypto'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { secretStorage, toHex } from '../test/vectors.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { utf8 } from './bytes.ts'
import * as node from './pbkdf2.node.ts'
import { MAX_PBKDF2_ROUNDS, pbkdf2Portable, pbkdf2Sha512 } from './pbkdf2.ts'

const waysToDerive = [
  ['the platform', pbkdf2Sha512],
  ['node:crypto', node.pbkdf2Sha512],
  ['plain TypeScript, loaded late', node.pbkdf2Portable],
  ['plain TypeScript', pbkdf2Portable],
] as const

afterEach(() => {
  vi.unstubAllGlobals()
})

describe.each(waysToDerive)('%s', (_name, derive) => {
  test.each([
    {
      passphrase: 'password',
      salt: 'salt',
      rounds: 1,
      key: '867f70cf1ade02cff3752599a3a53dc4af34c7a669815ae5d513554e1c8cf252c02d470a285a0501bad999bfe943c08f050235d7d68b1da55e63f73b60a57fce',
    },
    {
      passphrase: 'password',
      salt: 'salt',
      rounds: 2,
      key: 'e1d9c16aa681708a45f5c7c4e215ceb66e011a2e9f0040713f18aefdb866d53cf76cab2868a39b9f7840edce4fef5a82be67335c77a6068e04112754f27ccf4e',
    },
    {
      passphrase: 'password',
      salt: 'salt',
      rounds: 4096,
      key: 'd197b1b33db0143e018b12f3d1d1479e6cdebdcc97c5c0f87f6902e072f457b5143f30602641b3d55cd335988cb36b84376060ecd532e039b742a239434af2d5',
    },
    {
      passphrase: 'passwordPASSWORDpassword',
      salt: 'saltSALTsaltSALTsaltSALTsaltSALTsalt',
      rounds: 4096,
      key: '8c0511f4c6e597c6ac6315d8f0362e225f3c501495ba23b868c005174dc4ee71115b59f9e60cd9532fa33e0f75aefe30225c583a186cd82bd4daea9724a3d3b8',
    },
  ])('derives "$passphrase" in $rounds rounds', async ({ passphrase, salt, rounds, key }) => {
    const derived = await derive(passphrase, { salt: utf8(salt), rounds, length: 64 })
    expect(toHex(derived)).toBe(key)
  })

  test.each(['', ' ', 'pässwörd', 'e\u0301', '日本語', '😀', '\0', 'x'.repeat(200)])(
    'derives the passphrase %j from its UTF-8 bytes',
    async (passphrase) => {
      const salt = utf8('sält')
      const derived = await derive(passphrase, { salt, rounds: 3, length: 32 })
      expect(toHex(derived)).toBe(pbkdf2Sync(passphrase, salt, 3, 32, 'sha512').toString('hex'))
    },
  )

  test('derives anything as node:crypto does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 150 }),
        fc.uint8Array({ maxLength: 150 }),
        fc.record({
          rounds: fc.integer({ min: 1, max: 8 }),
          length: fc.integer({ min: 1, max: 64 }),
        }),
        async (passphrase, salt, { rounds, length }) => {
          const theirs = pbkdf2Sync(passphrase, salt, rounds, length, 'sha512')
          const ours = await derive(passphrase, { salt, rounds, length })
          expect(toHex(ours)).toBe(toHex(theirs))
        },
      ),
    )
  })

  test.each([0, -1, 0.5, 1.5, Number.NaN, Infinity, MAX_PBKDF2_ROUNDS + 1, 2 ** 32 + 1])(
    'refuses %d rounds',
    async (rounds) => {
      await expect(derive('p', { salt: utf8('s'), rounds, length: 32 })).rejects.toMatchObject({
        name: 'CryptoError',
        code: 'rounds_out_of_range',
      })
    },
  )

  test.each([0, -1, 65, 1.5, Number.NaN])('refuses a length of %d', async (length) => {
    const derived = derive('p', { salt: utf8('s'), rounds: 1, length })
    await expect(derived).rejects.toThrow(new TypeError('length must be an integer from 1 to 64'))
  })

  test('is stopped before it begins, with the reason of the signal', async () => {
    const reason = new Error('stopped')
    const signal = AbortSignal.abort(reason)
    const onProgress = vi.fn()
    await expect(
      derive('p', { salt: utf8('s'), rounds: 1, length: 32 }, { signal, onProgress }),
    ).rejects.toBe(reason)
    expect(onProgress).not.toHaveBeenCalled()
  })
})

test.each(secretStorage.passphrases)(
  'a passphrase of secret storage: $passphrase.iterations rounds',
  async ({ text, key, passphrase }) => {
    const derived = await pbkdf2Sha512(text, {
      salt: utf8(passphrase.salt),
      rounds: passphrase.iterations,
      length: passphrase.bits / 8,
    })
    expect(toHex(derived)).toBe(toHex(decodeBase64(key)))
  },
)

describe('without the platform', () => {
  const parameters = { salt: utf8('salt'), rounds: 3, length: 32 }
  const expected = toHex(pbkdf2Sync('p', 'salt', 3, 32, 'sha512'))

  test.each([
    ['no WebCrypto', undefined],
    ['WebCrypto of an insecure origin', {}],
    [
      'a platform that refuses the import',
      { subtle: { importKey: () => Promise.reject(new Error('empty passphrase')) } },
    ],
    [
      'a platform that caps the rounds',
      {
        subtle: {
          importKey: () => Promise.resolve({}),
          deriveBits: () => Promise.reject(new Error('too many rounds')),
        },
      },
    ],
  ])('derives the same: %s', async (_name, platform) => {
    vi.stubGlobal('crypto', platform)
    expect(toHex(await pbkdf2Sha512('p', parameters))).toBe(expected)
  })
})

test('by node:crypto that refuses, plain TypeScript derives', async () => {
  vi.resetModules()
  vi.doMock('node:crypto', () => ({
    pbkdf2: () => {
      throw new RangeError('too many rounds')
    },
  }))
  const late = await import('./pbkdf2.node.ts')
  vi.doUnmock('node:crypto')
  const derived = await late.pbkdf2Sha512('p', { salt: utf8('salt'), rounds: 3, length: 32 })
  expect(toHex(derived)).toBe(pbkdf2Sync('p', 'salt', 3, 32, 'sha512').toString('hex'))
})

describe('progress', () => {
  const parameters = { salt: utf8('salt'), rounds: 10_000, length: 32 }

  test.each([
    ['the platform', globalThis.crypto],
    ['plain TypeScript', undefined],
  ])('rises from 0 and ends at the total: %s', async (_name, platform) => {
    vi.stubGlobal('crypto', platform)
    const calls: (readonly [number, number])[] = []
    await pbkdf2Sha512('p', parameters, { onProgress: (...call) => calls.push(call) })
    const done = calls.map(([rounds]) => rounds)
    expect(calls.every(([, total]) => total === 10_000)).toBe(true)
    expect(done).toEqual([...new Set(done)].toSorted((a, b) => a - b))
    expect([done[0], done.at(-1)]).toEqual([0, 10_000])
    expect(done.length > 2).toBe(platform === undefined)
  })
})

describe('a signal', () => {
  test('stops plain TypeScript in the middle', async () => {
    const reason = new Error('stopped')
    const controller = new AbortController()
    const seen: number[] = []
    const derived = pbkdf2Portable(
      'p',
      { salt: utf8('salt'), rounds: MAX_PBKDF2_ROUNDS, length: 32 },
      {
        signal: controller.signal,
        onProgress: (done) => {
          seen.push(done)
          if (seen.length === 2) controller.abort(reason)
        },
      },
    )
    await expect(derived).rejects.toBe(reason)
    expect(seen).toHaveLength(2)
  })

  test('aborted from elsewhere is seen, because other work has its turn', async () => {
    vi.stubGlobal('crypto', undefined)
    const controller = new AbortController()
    setTimeout(() => {
      controller.abort()
    }, 0)
    const parameters = { salt: utf8('salt'), rounds: MAX_PBKDF2_ROUNDS, length: 32 }
    await expect(
      pbkdf2Sha512('p', parameters, { signal: controller.signal }),
    ).rejects.toMatchObject({ name: 'AbortError' })
  })

  test('aborted while the platform derives gives no key', async () => {
    const controller = new AbortController()
    const onProgress = vi.fn()
    const derived = pbkdf2Sha512(
      'p',
      { salt: utf8('salt'), rounds: 10, length: 32 },
      { signal: controller.signal, onProgress },
    )
    controller.abort()
    await expect(derived).rejects.toMatchObject({ name: 'AbortError' })
    expect(onProgress.mock.calls).toEqual([[0, 10]])
  })
})

test('no message holds the passphrase or the salt', async () => {
  const passphrase = 'correct horse'
  const derived = pbkdf2Sha512(passphrase, { salt: utf8('battery'), rounds: 0, length: 32 })
  const message = await derived.then(encodeBase64, (error: unknown) => String(error))
  expect(message).toMatch(/rounds must be from 1/)
  expect(message).not.toMatch(/horse|battery/)
})

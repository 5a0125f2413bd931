import { concatBytes, utf8 } from '@roomkeys/crypto/bytes'
import { WireShapeError } from '@roomkeys/types'
import type * as nodeCrypto from 'node:crypto'
import { pbkdf2 } from 'node:crypto'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { rejected } from '../test/caught.ts'
import {
  CHEAP_HEADER,
  PASSPHRASE,
  sealedBytes,
  sealedJson,
  sealedPayload,
  sealedText,
} from '../test/sealed.ts'
import { files, first, sessions } from '../test/vectors.ts'
import { unwrapArmor, wrapArmor } from './armor.ts'
import { decryptKeyExport } from './decrypt-key-export.ts'
import type { KeyExportError } from './errors.ts'

vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof nodeCrypto>()
  return { ...crypto, pbkdf2: vi.fn(crypto.pbkdf2) }
})

const good = first(sessions)
const smallest = first(files)

async function refusalOf(file: string, passphrase = PASSPHRASE): Promise<KeyExportError> {
  return rejected(decryptKeyExport(file, passphrase))
}

describe('a file that cannot be read', () => {
  test('is refused as too short at every length of its payload up to the header and a MAC', async () => {
    const payload = unwrapArmor(smallest.file)
    for (let length = 0; length < 69; length++)
      expect((await refusalOf(wrapArmor(payload.subarray(0, length)))).code).toBe('too_short')
  })

  test('is refused for its version', async () => {
    const payload = unwrapArmor(smallest.file)
    payload[0] = 2
    expect((await refusalOf(wrapArmor(payload))).code).toBe('unsupported_version')
  })

  test.each([0, 10_000_001, 2 ** 32 - 1])(
    'is refused for %i rounds without deriving',
    async (rounds) => {
      const payload = await sealedPayload(utf8('[]'), { ...CHEAP_HEADER })
      new DataView(payload.buffer).setUint32(33, rounds)
      const onProgress = vi.fn()
      const read = decryptKeyExport(wrapArmor(payload), PASSPHRASE, { onProgress })
      expect((await rejected(read)).code).toBe('rounds_out_of_range')
      expect(onProgress).not.toHaveBeenCalled()
    },
  )

  test('is told from a wrong passphrase when it is damaged', async () => {
    const payload = unwrapArmor(smallest.file)
    const middle = Math.floor(payload.length / 2)
    payload[middle] = (payload[middle] ?? 0) ^ 1
    const damaged = wrapArmor(payload)
    expect((await refusalOf(damaged, smallest.passphrase)).code).toBe('damaged')
    expect((await refusalOf(damaged, 'another')).code).toBe('wrong_passphrase')
    expect((await refusalOf(smallest.file, 'another')).code).toBe('wrong_passphrase')
  })

  test('is retryable for a wrong passphrase alone', async () => {
    expect(await refusalOf(smallest.file, 'another')).toHaveProperty('retryable', true)
    expect(await refusalOf('')).toHaveProperty('retryable', false)
  })
})

describe('content that is no array', () => {
  test.each(['', ' ', '{}', 'null', '1', '"[]"', '[', '[1,]', '{"0":1,"length":1}', '\ufeff[]'])(
    '%j is malformed',
    async (text) => {
      expect((await refusalOf(await sealedText(text))).code).toBe('malformed_content')
    },
  )

  test('that is not UTF-8 is malformed', async () => {
    const bytes = concatBytes(utf8('["'), Uint8Array.of(0xc3, 0x28), utf8('"]'))
    expect((await refusalOf(await sealedBytes(bytes))).code).toBe('malformed_content')
  })

  test('is not quoted, neither in the message nor in a cause', async () => {
    const error = await refusalOf(await sealedText('[{"session_key": "AQsecretsecret'))
    expect(error.code).toBe('malformed_content')
    expect(error.message).not.toContain('secret')
    expect(error.cause).toBeUndefined()
  })

  test('that is an empty array gives nothing', async () => {
    const content = await decryptKeyExport(await sealedText('[]'), PASSPHRASE)
    expect(content).toEqual({ entries: [], malformed: [] })
  })
})

describe('an entry', () => {
  const without = (field: string) =>
    Object.fromEntries(Object.entries(good).filter(([key]) => key !== field))

  test.each([
    ['null', null],
    ['a number', 1],
    ['a string', 'AQAAAA'],
    ['an array', [good]],
    ['an empty object', {}],
    ['without session_key', without('session_key')],
    ['without room_id', without('room_id')],
    ['without session_id', without('session_id')],
    ['without sender_key', without('sender_key')],
    ['without algorithm', without('algorithm')],
    ['with a chain that is no array', { ...good, forwarding_curve25519_key_chain: 'k' }],
    ['with claimed keys that are no map', { ...good, sender_claimed_keys: ['k'] }],
    ['with a key that is a number', { ...good, session_key: 1 }],
  ])('%s is listed, and costs no other', async (_, bad) => {
    const file = await sealedJson([good, bad, good])
    const { entries, malformed } = await decryptKeyExport(file, PASSPHRASE)
    expect(entries.map(({ position }) => position)).toEqual([0, 2])
    expect(malformed.map(({ position }) => position)).toEqual([1])
    expect(first(malformed).error).toBeInstanceOf(WireShapeError)
    expect(first(malformed).error.message).toMatch(/^entry 1 does not have the expected shape/)
    expect(first(malformed).error.message).not.toContain(good.session_key.slice(0, 20))
  })

  const departures: readonly {
    name: string
    record: unknown
    claimed: Readonly<Record<string, string>>
    note: string
  }[] = [
    {
      name: 'without claimed keys',
      record: without('sender_claimed_keys'),
      claimed: {},
      note: 'sender_claimed_keys_missing',
    },
    {
      name: 'with misspelt claimed keys',
      record: { ...without('sender_claimed_keys'), sender_clencaimed_keys: { ed25519: 'e' } },
      claimed: { ed25519: 'e' },
      note: 'sender_claimed_keys_misspelt',
    },
    {
      name: 'without a chain',
      record: without('forwarding_curve25519_key_chain'),
      claimed: good.sender_claimed_keys,
      note: 'forwarding_chain_missing',
    },
  ]

  test.each(departures)('$name is put right, with a note', async ({ record, claimed, note }) => {
    const { entries } = await decryptKeyExport(await sealedJson([record]), PASSPHRASE)
    expect(entries).toEqual([
      { position: 0, notes: [note], session: { ...good, sender_claimed_keys: claimed } },
    ])
  })

  test('that was forwarded keeps its chain, with a note', async () => {
    const forwarded = { ...good, forwarding_curve25519_key_chain: ['k1', 'k2'] }
    const { entries } = await decryptKeyExport(await sealedJson([forwarded]), PASSPHRASE)
    expect(entries).toEqual([{ position: 0, session: forwarded, notes: ['forwarded'] }])
  })

  test('of an unknown algorithm is kept', async () => {
    const future = { ...good, algorithm: 'm.megolm.v9' }
    const { entries } = await decryptKeyExport(await sealedJson([future]), PASSPHRASE)
    expect(first(entries).session).toEqual(future)
  })
})

describe('a derivation', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.mocked(pbkdf2).mockReset()
  })

  const ROUNDS = 20_000

  /** Without the platform the derivation runs in slices, as it does on insecure origins. */
  async function slowFile(): Promise<string> {
    const file = wrapArmor(await sealedPayload(utf8('[]'), { ...CHEAP_HEADER, rounds: ROUNDS }))
    vi.stubGlobal('crypto', undefined)
    vi.mocked(pbkdf2).mockImplementation(() => {
      throw new TypeError('There is none')
    })
    return file
  }

  test('reports progress that only grows, from nothing to all rounds', async () => {
    const onProgress = vi.fn<(done: number, total: number) => void>()
    await decryptKeyExport(await slowFile(), PASSPHRASE, { onProgress })
    const done = onProgress.mock.calls.map(([rounds]) => rounds)
    expect(done).toEqual([0, 4096, 8192, 12_288, 16_384, ROUNDS])
    expect(new Set(onProgress.mock.calls.map(([, total]) => total))).toEqual(new Set([ROUNDS]))
  })

  test('stops in the middle when it is aborted', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const onProgress = vi.fn((done: number) => {
      if (done > 0) controller.abort(reason)
    })
    const { signal } = controller
    const read = decryptKeyExport(await slowFile(), PASSPHRASE, { signal, onProgress })
    await expect(read).rejects.toBe(reason)
    expect(onProgress).toHaveBeenCalledTimes(2)
  })

  test('is not begun with a signal that is aborted', async () => {
    const onProgress = vi.fn()
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    const read = decryptKeyExport(smallest.file, smallest.passphrase, { signal, onProgress })
    await expect(read).rejects.toBe(reason)
    expect(onProgress).not.toHaveBeenCalled()
  })
})

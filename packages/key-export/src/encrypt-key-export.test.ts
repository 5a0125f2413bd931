import { WireShapeError } from '@roomkeys/types'
import { describe, expect, test, vi } from 'vitest'
import { rejected } from '../test/caught.ts'
import { first, sessions } from '../test/vectors.ts'
import { unwrapArmor } from './armor.ts'
import { decryptKeyExport } from './decrypt-key-export.ts'
import { encryptKeyExport } from './encrypt-key-export.ts'

const few = sessions.slice(0, 3)

describe('a written file', () => {
  test('reads back', async () => {
    const { entries, malformed } = await decryptKeyExport(
      await encryptKeyExport(few, 'pässwörd ☃'),
      'pässwörd ☃',
    )
    expect(entries.map(({ session }) => session)).toEqual(few)
    expect(malformed).toEqual([])
  })

  test('is padded base64 in lines of 76 between its markers, with a final newline', async () => {
    const file = await encryptKeyExport(few, 'x')
    expect(file).toMatch(
      /^-----BEGIN MEGOLM SESSION DATA-----\n([A-Za-z0-9+/]{76}\n)+[A-Za-z0-9+/]{1,76}={0,2}\n-----END MEGOLM SESSION DATA-----\n$/,
    )
    expect(file.split('\n').slice(1, -2).join('').length % 4).toBe(0)
  })

  test('begins with version, salt, IV with bit 63 clear, and 500 000 rounds big-endian', async () => {
    const random = (length: number) => new Uint8Array(length).fill(0xff)
    const header = unwrapArmor(await encryptKeyExport(few, 'x', { random })).subarray(0, 37)
    const ones = (count: number) => Array<number>(count).fill(0xff)
    expect([...header]).toEqual([1, ...ones(16), ...ones(8), 0x7f, ...ones(7), 0, 7, 0xa1, 0x20])
  })

  test('leaves the rest of the IV as it was drawn', async () => {
    const random = (length: number) => Uint8Array.from({ length }, (_, i) => 0x10 + i)
    const payload = unwrapArmor(await encryptKeyExport(few, 'x', { random }))
    expect([...payload.subarray(17, 33)]).toEqual(Array.from({ length: 16 }, (_, i) => 0x10 + i))
  })

  test('has the rounds that were asked for', async () => {
    const payload = unwrapArmor(await encryptKeyExport(few, 'x', { rounds: 500_001 }))
    expect([...payload.subarray(33, 37)]).toEqual([0, 7, 0xa1, 0x21])
  })

  test('is another one each time', async () => {
    const one = unwrapArmor(await encryptKeyExport(few, 'x'))
    const other = unwrapArmor(await encryptKeyExport(few, 'x'))
    expect(one.subarray(1, 33)).not.toEqual(other.subarray(1, 33))
    expect(one.subarray(37)).not.toEqual(other.subarray(37))
  })

  test('keeps unknown keys and the flag for shared history', async () => {
    const session = JSON.parse(
      `{"__proto__":{"a":1},"org.example.flag":[null],"m.shared_history":true,${JSON.stringify(first(few)).slice(1)}`,
    ) as (typeof few)[number]
    const { entries } = await decryptKeyExport(await encryptKeyExport([session], 'x'), 'x')
    const read = first(entries).session
    expect(JSON.stringify(read)).toBe(JSON.stringify(session))
    expect(Object.keys(read)).toContain('__proto__')
    expect(read['m.shared_history']).toBe(true)
  })
})

describe('a mistake of the caller', () => {
  test.each([0, 1, 499_999, 500_000.5, -500_000, NaN, Infinity, 10_000_001])(
    '%d rounds are refused before deriving',
    async (rounds) => {
      const onProgress = vi.fn()
      const written = encryptKeyExport(few, 'x', { rounds, onProgress })
      await expect(written).rejects.toThrow(TypeError)
      await expect(written).rejects.toThrow('rounds must be from 500000 to 10000000')
      expect(onProgress).not.toHaveBeenCalled()
    },
  )

  test('an empty passphrase is refused', async () => {
    const written = encryptKeyExport(few, '')
    await expect(written).rejects.toThrow(TypeError)
    await expect(written).rejects.toThrow('passphrase must not be empty')
  })

  test('no sessions make no file', async () => {
    expect((await rejected(encryptKeyExport([], 'x'))).code).toBe('no_sessions')
  })

  test.each(Object.keys(first(few)))(
    'a session without %s is refused before deriving',
    async (field) => {
      const broken = Object.fromEntries(Object.entries(first(few)).filter(([key]) => key !== field))
      const onProgress = vi.fn()
      // The type forbids it; a caller in JavaScript is not stopped by it.
      const sessionsGiven = [...few, broken as (typeof few)[number]]
      const written = encryptKeyExport(sessionsGiven, 'x', { onProgress })
      await expect(written).rejects.toThrow(WireShapeError)
      await expect(written).rejects.toThrow(`session 3 does not have the expected shape: ${field}`)
      expect(onProgress).not.toHaveBeenCalled()
    },
  )
})

describe('a watched derivation', () => {
  test('reports the beginning and the end', async () => {
    const onProgress = vi.fn()
    await encryptKeyExport(few, 'x', { onProgress })
    expect(onProgress.mock.calls[0]).toEqual([0, 500_000])
    expect(onProgress.mock.lastCall).toEqual([500_000, 500_000])
  })

  test('is not begun with a signal that is aborted', async () => {
    const onProgress = vi.fn()
    const reason = new Error('enough')
    const written = encryptKeyExport(few, 'x', { onProgress, signal: AbortSignal.abort(reason) })
    await expect(written).rejects.toBe(reason)
    expect(onProgress).not.toHaveBeenCalled()
  })
})

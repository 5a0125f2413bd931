import { utf8 } from '@roomkeys/crypto/bytes'
import { decryptKeyExport, encryptKeyExport, wrapArmor } from '@roomkeys/key-export'
import { derivePayloadKeys, sealPayload } from '@roomkeys/key-export/payload'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { anyText, bytesOf } from './arbitraries.ts'
import { initOlm } from './peers/olm.ts'
import {
  initWasm,
  wasmDecryptExport,
  wasmEncryptExport,
  wasmExportSessions,
  wasmImportExported,
  wasmMachine,
} from './peers/wasm.ts'
import { CASES, SEED, seeded } from './seed.ts'
import { asRustReads, asRustStores, makeSession, sessionDraft, sorted } from './sessions.ts'

beforeAll(async () => {
  await initOlm()
  await initWasm()
})

/** Up to 50 sessions in a file, few in most: making them costs more than sealing them. */
const drafts = fc.oneof(
  { weight: 19, arbitrary: fc.array(sessionDraft, { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.array(sessionDraft, { minLength: 5, maxLength: 50, size: 'max' }) },
)

const passphrase = fc.oneof(
  anyText,
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200, size: 'max' }),
)

/** The policy of at least 500,000 rounds would take hours; the bytes are the same for fewer. */
const rounds = fc.integer({ min: 1, max: 300 })

const salt = bytesOf(16)
const iv = bytesOf(16).map((bytes) => bytes.with(8, (bytes[8] ?? 0) & 0x7f))

interface Draw {
  readonly passphrase: string
  readonly salt: Uint8Array
  readonly iv: Uint8Array
  readonly rounds: number
}

async function seal(content: unknown, { passphrase, ...header }: Draw): Promise<string> {
  const keys = await derivePayloadKeys(passphrase, header)
  return wrapArmor(sealPayload(utf8(JSON.stringify(content)), header, keys))
}

test('what we write, the Rust stack reads and imports', async () => {
  await fc.assert(
    fc.asyncProperty(drafts, fc.record({ passphrase, salt, iv, rounds }), async (drafts, draw) => {
      const sessions = drafts.map(makeSession)
      const read = wasmDecryptExport(await seal(sessions, draw), draw.passphrase)
      expect(read).toEqual(sessions.map(asRustReads))
      const machine = await wasmMachine()
      const count = await wasmImportExported(machine, read)
      expect(count).toEqual({ imported: sessions.length, total: sessions.length })
      expect(sorted(await wasmExportSessions(machine))).toEqual(sorted(sessions.map(asRustStores)))
      machine.close()
    }),
    seeded,
  )
})

test('what the Rust stack writes, we read', async () => {
  await fc.assert(
    fc.asyncProperty(drafts, passphrase, rounds, async (drafts, passphrase, rounds) => {
      const sessions = drafts.map(makeSession)
      const file = wasmEncryptExport(sessions, passphrase, rounds)
      const { entries, malformed } = await decryptKeyExport(file, passphrase)
      expect(malformed).toEqual([])
      expect(entries.map(({ session }) => session)).toEqual(sessions.map(asRustReads))
    }),
    seeded,
  )
})

/** PBKDF2 pads a passphrase with zero bytes, so trailing ones change nothing. */
const significant = (passphrase: string): string => passphrase.replace(/\0+$/, '')

test('a wrong passphrase is refused by both, each with the file of the other', async () => {
  const draw = fc.record({ passphrase, salt, iv, rounds })
  await fc.assert(
    fc.asyncProperty(sessionDraft, draw, passphrase, async (draft, draw, wrong) => {
      fc.pre(significant(wrong) !== significant(draw.passphrase))
      const sessions = [makeSession(draft)]
      const ours = await seal(sessions, draw)
      expect(() => wasmDecryptExport(ours, wrong)).toThrow()
      const theirs = wasmEncryptExport(sessions, draw.passphrase, draw.rounds)
      await expect(decryptKeyExport(theirs, wrong)).rejects.toMatchObject({
        code: 'wrong_passphrase',
      })
    }),
    seeded,
  )
})

const FULL_SIZES = [1, 7, 50]

test.each(FULL_SIZES)('a file of %i sessions with all the rounds goes both ways', async (size) => {
  const passphrases = fc.sample(fc.string({ unit: 'grapheme', minLength: 8 }), {
    seed: SEED + size,
    numRuns: 1,
  })
  const [passphrase = ''] = passphrases
  const sessions = fc.sample(sessionDraft, { seed: SEED + size, numRuns: size }).map(makeSession)
  const read = wasmDecryptExport(await encryptKeyExport(sessions, passphrase), passphrase)
  expect(read).toEqual(sessions.map(asRustReads))
  const back = await decryptKeyExport(wasmEncryptExport(sessions, passphrase, 500_000), passphrase)
  expect(back.malformed).toEqual([])
  expect(back.entries.map(({ session }) => session)).toEqual(sessions.map(asRustReads))
})

test('files of no sessions and of 50 are among the cases', () => {
  const sizes = fc.sample(drafts, seeded).map(({ length }) => length)
  expect(sizes).toHaveLength(CASES)
  expect(sizes).toContain(0)
  expect(Math.max(...sizes)).toBeGreaterThan(40)
})

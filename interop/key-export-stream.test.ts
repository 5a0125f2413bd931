import { decryptKeyExport } from '@roomkeys/key-export'
import { derivePayloadKeys } from '@roomkeys/key-export/payload'
import {
  decryptKeyExportStream,
  sealPayloadStream,
  serialiseSessions,
  wrapArmorStream,
} from '@roomkeys/key-export/stream'
import type { ExportedSessionData } from '@roomkeys/types'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { anyText, bytesOf } from './arbitraries.ts'
import { initOlm } from './peers/olm.ts'
import { initWasm, wasmDecryptExport, wasmEncryptExport } from './peers/wasm.ts'
import { CASES, seeded } from './seed.ts'
import { asRustReads, makeSession, sessionDraft } from './sessions.ts'

beforeAll(async () => {
  await initOlm()
  await initWasm()
})

/** A few of them pass the length of a piece, so that sealing and opening go on from one to the next. */
const drafts = fc.oneof(
  { weight: 19, arbitrary: fc.array(sessionDraft, { minLength: 1, maxLength: 4 }) },
  { weight: 1, arbitrary: fc.array(sessionDraft, { minLength: 90, maxLength: 120, size: 'max' }) },
)

/** Few rounds, as the policy of at least 500,000 would take hours; salt and IV are any bytes. */
const draw = fc.record({
  passphrase: anyText,
  salt: bytesOf(16),
  iv: bytesOf(16).map((bytes) => bytes.with(8, (bytes[8] ?? 0) & 0x7f)),
  rounds: fc.integer({ min: 1, max: 300 }),
})

/** Where a text is cut into the pieces that a stream brings. */
const steps = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 100, max: 200_000 }))

async function* inPieces(text: string, step: number): AsyncGenerator<string, void, void> {
  for (let from = 0; from < text.length; from += step)
    yield await Promise.resolve(text.slice(from, from + step))
}

async function write(
  sessions: readonly ExportedSessionData[],
  {
    passphrase,
    ...header
  }: Parameters<typeof derivePayloadKeys>[1] & {
    readonly passphrase: string
    readonly iv: Uint8Array
  },
): Promise<string> {
  const keys = await derivePayloadKeys(passphrase, header)
  const payload = sealPayloadStream(serialiseSessions(sessions), header, keys)
  const texts: string[] = []
  for await (const text of wrapArmorStream(payload)) texts.push(text)
  return texts.join('')
}

test('what we write in pieces, the Rust stack reads, and so does our whole-file reader', async () => {
  await fc.assert(
    fc.asyncProperty(drafts, draw, async (drafts, draw) => {
      const sessions = drafts.map(makeSession)
      const file = await write(sessions, draw)
      expect(wasmDecryptExport(file, draw.passphrase)).toEqual(sessions.map(asRustReads))
      const { entries, malformed } = await decryptKeyExport(file, draw.passphrase)
      expect(malformed).toEqual([])
      expect(JSON.stringify(entries.map(({ session }) => session))).toBe(JSON.stringify(sessions))
    }),
    seeded,
  )
})

test('what the Rust stack writes, we read in pieces, wherever it is cut', async () => {
  await fc.assert(
    fc.asyncProperty(drafts, draw, steps, async (drafts, { passphrase, rounds }, step) => {
      const sessions = drafts.map(makeSession)
      const file = wasmEncryptExport(sessions, passphrase, rounds)
      const read: unknown[] = []
      for await (const entry of decryptKeyExportStream(() => inPieces(file, step), passphrase))
        read.push('error' in entry ? entry.error : entry.session)
      expect(read).toEqual(sessions.map(asRustReads))
    }),
    seeded,
  )
})

test('files of one session and of more than one piece are among the cases', () => {
  const sizes = fc.sample(drafts, seeded).map(({ length }) => length)
  expect(sizes).toHaveLength(CASES)
  expect(sizes).toContain(1)
  expect(Math.max(...sizes)).toBeGreaterThan(90)
})

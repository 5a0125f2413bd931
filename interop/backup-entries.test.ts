import {
  type BackupEntry,
  decryptionKeyFromBytes,
  type EntryOutcome,
  entriesOf,
  encryptionKeyFor,
  openEntries,
  type OpenedEntry,
  sealEntries,
  serialisePlaintext,
} from '@roomkeys/backup'
import { megolmBackupV1 } from '@roomkeys/backup/v1'
import { parseSessionExport, serialiseSessionExport } from '@roomkeys/megolm'
import {
  type ExportedSessionData,
  parseWire,
  roomId,
  roomKeysAnswerSchema,
  roomKeysSchema,
  sessionId,
} from '@roomkeys/types'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { bytesOf } from './arbitraries.ts'
import { initOlm, olmPkEncrypt } from './peers/olm.ts'
import {
  initWasm,
  wasmBackUp,
  wasmExportSessions,
  wasmImportBackedUp,
  wasmImportExported,
  wasmMachine,
  wasmPkEncrypt,
} from './peers/wasm.ts'
import { CASES, SEED, seeded } from './seed.ts'
import { asRustStores, makeSession, sessionDraft, sorted } from './sessions.ts'

const [privateKey = new Uint8Array(32)] = fc.sample(bytesOf(32), { ...seeded, numRuns: 1 })
const key = decryptionKeyFromBytes(privateKey)
const sessions: ExportedSessionData[] = []

beforeAll(async () => {
  await initOlm()
  await initWasm()
  sessions.push(...fc.sample(sessionDraft, seeded).map(makeSession))
})

type Encrypt = (session: ExportedSessionData) => unknown

/** As deployed clients do: without the MAC key. */
async function sealedByUs(): Promise<readonly BackupEntry[]> {
  const inputs = sessions.map((session) => ({
    roomId: roomId(session.room_id),
    sessionId: sessionId(session.session_id),
    session,
    isVerified: false,
    forwardedCount: session.forwarding_curve25519_key_chain.length,
  }))
  const encryptionKey = encryptionKeyFor({ public_key: key.publicKey }, null)
  const options = { algorithm: megolmBackupV1, key: encryptionKey }
  const entries: BackupEntry[] = []
  for await (const outcome of sealEntries(inputs, options))
    if (outcome.status === 'sealed') entries.push(outcome)
  return entries
}

function entriesUnderTheirIds(encrypt: Encrypt): readonly BackupEntry[] {
  return sessions.map((session) => ({
    roomId: roomId(session.room_id),
    sessionId: sessionId(session.session_id),
    data: {
      first_message_index: parseSessionExport(session.session_key).index,
      forwarded_count: session.forwarding_curve25519_key_chain.length,
      is_verified: false,
      session_data: encrypt(session),
    },
  }))
}

async function openAll(entries: Iterable<BackupEntry>): Promise<readonly EntryOutcome[]> {
  const outcomes: EntryOutcome[] = []
  for await (const outcome of openEntries(entries, { algorithm: megolmBackupV1, key }))
    outcomes.push(outcome)
  return outcomes
}

interface Writer {
  readonly name: string
  readonly write: () => Promise<readonly BackupEntry[]> | readonly BackupEntry[]
}

const WRITERS: readonly Writer[] = [
  { name: 'us', write: sealedByUs },
  {
    name: 'libolm',
    write: () =>
      entriesUnderTheirIds((session) =>
        olmPkEncrypt(key.publicKey, new TextDecoder().decode(serialisePlaintext(session))),
      ),
  },
  {
    name: 'the Rust stack',
    write: () =>
      entriesUnderTheirIds((session) => wasmPkEncrypt(key.publicKey, serialisePlaintext(session))),
  },
]

describe.each(WRITERS)(`${CASES} sessions of libolm, encrypted by $name`, ({ write }) => {
  test(`are all opened, and the Rust stack imports all of them (seed ${SEED})`, async () => {
    const outcomes = await openAll(await write())
    const opened = outcomes.filter((outcome) => outcome.status === 'opened')
    expect(opened).toHaveLength(CASES)
    expect(opened.map(({ session }) => session)).toEqual(sessions)
    expect(opened.map(({ firstMessageIndex }) => firstMessageIndex)).toEqual(
      sessions.map(({ session_key }) => parseSessionExport(session_key).index),
    )
    expect(new Set(opened.map(({ mac }) => mac))).toEqual(new Set(['libolm']))
    await expectRustImports(opened)
  })
})

async function expectRustImports(opened: readonly OpenedEntry[]): Promise<void> {
  const machine = await wasmMachine()
  const count = await wasmImportBackedUp(machine, opened)
  expect(count).toEqual({ imported: CASES, total: CASES })
  expect(sorted(await wasmExportSessions(machine))).toEqual(sorted(sessions.map(asRustStores)))
  machine.close()
}

test(`the indices that were drawn cover the parts of the ratchet (seed ${SEED})`, () => {
  const indices = sessions.map(({ session_key }) => parseSessionExport(session_key).index)
  for (const bound of [2 ** 8, 2 ** 16, 2 ** 24, 2 ** 31])
    expect(indices.filter((index) => index < bound).length).toBeGreaterThan(0)
  expect(Math.max(...indices)).toBeGreaterThan(2 ** 31)
})

test(`the Rust stack imports a session at the very last index (seed ${SEED})`, async () => {
  const [session] = sessions
  if (session === undefined) throw new Error('No session was made')
  const last = { ...parseSessionExport(session.session_key), index: 2 ** 32 - 1 }
  const machine = await wasmMachine()
  const exported = { ...session, session_key: serialiseSessionExport(last) }
  expect(await wasmImportExported(machine, [exported])).toEqual({ imported: 1, total: 1 })
  expect(await wasmExportSessions(machine)).toEqual([asRustStores(exported)])
  machine.close()
})

test(`a whole backup that a Rust device uploads is opened (seed ${SEED})`, async () => {
  const machine = await wasmMachine()
  await wasmImportExported(machine, sessions)
  const uploads = await wasmBackUp(machine, key.publicKey)
  machine.close()
  const entries = uploads.flatMap((body) => {
    parseWire(roomKeysSchema, body, 'the upload')
    return [...entriesOf(parseWire(roomKeysAnswerSchema, body, 'the upload'))]
  })
  const outcomes = await openAll(entries)
  const opened = outcomes.filter((outcome) => outcome.status === 'opened')
  expect(opened).toHaveLength(CASES)
  expect(sorted(opened.map(({ session }) => session))).toEqual(sorted(sessions.map(asRustStores)))
  expect(opened.flatMap(({ notes }) => notes)).toEqual([])
})

import {
  type BackupEntry,
  decryptionKeyFromBytes,
  encryptionKeyFor,
  encryptionKeyOf,
  openEntries,
  type OpenedEntry,
  type OpenEntriesOptions,
  parsePlaintext,
  sealEntries,
  type SealEntriesOptions,
  serialisePlaintext,
} from '@roomkeys/backup'
import { megolmBackupV1 } from '@roomkeys/backup/v1'
import { megolmBackupV2, megolmBackupV2Unstable } from '@roomkeys/backup/v2'
import { utf8 } from '@roomkeys/crypto/bytes'
import {
  type ExportedSessionData,
  keyBackupDataSchema,
  parseWire,
  roomId,
  type SessionDataV1,
  sessionDataV1Schema,
  sessionId,
} from '@roomkeys/types'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { bytesOf } from './arbitraries.ts'
import { initOlm, olmPkDecrypt } from './peers/olm.ts'
import {
  initWasm,
  wasmBackupDecrypt,
  wasmExportSessions,
  wasmImportBackedUp,
  wasmMachine,
  wasmPkDecrypt,
} from './peers/wasm.ts'
import { CASES, SEED, seeded } from './seed.ts'
import { asRustStores, makeSession, sessionDraft, sorted } from './sessions.ts'

const [privateKey = new Uint8Array(32)] = fc.sample(bytesOf(32), { ...seeded, numRuns: 1 })
const key = decryptionKeyFromBytes(privateKey)
const whole = encryptionKeyOf(key)
/** Public key and MAC key: who may write, and not read. */
const writeOnly = encryptionKeyFor({ public_key: key.publicKey }, whole.macKey)
const sessions: ExportedSessionData[] = []

beforeAll(async () => {
  await initOlm()
  await initWasm()
  sessions.push(...fc.sample(sessionDraft, seeded).map(makeSession))
})

async function sealAll(options: SealEntriesOptions): Promise<readonly BackupEntry[]> {
  const inputs = sessions.map((session) => ({
    roomId: roomId(session.room_id),
    sessionId: sessionId(session.session_id),
    session,
    isVerified: true,
    forwardedCount: session.forwarding_curve25519_key_chain.length,
  }))
  const entries: BackupEntry[] = []
  for await (const outcome of sealEntries(inputs, options))
    if (outcome.status === 'sealed') entries.push(outcome)
  return entries
}

async function openAll(
  entries: readonly BackupEntry[],
  options: Omit<OpenEntriesOptions, 'key'>,
): Promise<readonly OpenedEntry[]> {
  const opened: OpenedEntry[] = []
  for await (const outcome of openEntries(entries, { ...options, key }))
    if (outcome.status === 'opened') opened.push(outcome)
  return opened
}

function sessionDataOf({ data }: BackupEntry): SessionDataV1 {
  const { session_data: sessionData } = parseWire(keyBackupDataSchema, data, 'the entry')
  return parseWire(sessionDataV1Schema, sessionData, 'session_data')
}

interface Peer {
  readonly name: string
  readonly decrypt: (data: SessionDataV1) => Uint8Array
}

const PEERS: readonly Peer[] = [
  { name: 'libolm', decrypt: (data) => utf8(olmPkDecrypt(privateKey, data)) },
  { name: 'the Rust PkDecryption', decrypt: (data) => wasmPkDecrypt(privateKey, data) },
  {
    name: 'the Rust BackupDecryptionKey',
    decrypt: (data) => utf8(wasmBackupDecrypt(privateKey, data)),
  },
]

describe(`${CASES} sessions of libolm, written to a v1 backup with both MACs`, () => {
  const options = { algorithm: megolmBackupV1, key: whole }

  test.each(PEERS)(`are decrypted by $name (seed ${SEED})`, async ({ decrypt }) => {
    const entries = await sealAll(options)
    expect(entries).toHaveLength(CASES)
    for (const [index, entry] of entries.entries()) {
      const data = sessionDataOf(entry)
      const session = sessions[index]
      if (session === undefined) throw new Error('There are more entries than sessions')
      const plaintext = Uint8Array.from(decrypt(data))
      expect(data).toHaveProperty('unsigned')
      expect(plaintext).toEqual(serialisePlaintext(session))
      expect(parsePlaintext(plaintext).session.session_key).toBe(session.session_key)
    }
  })

  test(`are opened as authenticated, and the Rust stack imports them (seed ${SEED})`, async () => {
    const opened = await openAll(await sealAll(options), {
      algorithm: megolmBackupV1,
      macPolicy: 'backup_mac_required',
    })
    expect(opened.map(({ session }) => session)).toEqual(sessions)
    expect(new Set(opened.map(({ backupMac }) => backupMac))).toEqual(new Set(['valid']))
    const machine = await wasmMachine()
    const count = await wasmImportBackedUp(machine, opened)
    expect(count).toEqual({ imported: CASES, total: CASES })
    expect(sorted(await wasmExportSessions(machine))).toEqual(sorted(sessions.map(asRustStores)))
    machine.close()
  })
})

describe.each([megolmBackupV2, megolmBackupV2Unstable])('$name', (algorithm) => {
  test.each([
    ['who reads it', whole],
    ['who cannot', writeOnly],
  ])(`${CASES} sessions of libolm, written by %s, are opened (seed ${SEED})`, async (_, by) => {
    const opened = await openAll(await sealAll({ algorithm, key: by }), { algorithm })
    expect(opened.map(({ session }) => session)).toEqual(sessions)
    expect(
      opened.every(({ mac, backupMac }) => mac === 'backup_mac' && backupMac === 'valid'),
    ).toBe(true)
  })
})

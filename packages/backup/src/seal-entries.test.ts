import { randomBytes } from '@roomkeys/crypto/bytes'
import { type Agreements, nobleAgreements } from '@roomkeys/crypto/x25519'
import { type BackedUpSessionData, roomId, sessionId } from '@roomkeys/types'
import { describe, expect, test, vi } from 'vitest'
import { rejected } from '../test/caught.ts'
import { openAll, openGood } from '../test/open.ts'
import { account, at } from '../test/vectors.ts'
import { BATCH_SIZE } from './batches.ts'
import { type EncryptionKey, encryptionKeyFor, encryptionKeyOf } from './encryption-key.ts'
import type { BackupEntry, EntryNote } from './entry.ts'
import { EntryError } from './errors.ts'
import { backupMacKey } from './mac-key.ts'
import { provenanceOf } from './provenance.ts'
import { sealEntries, type SealEntriesOptions } from './seal-entries.ts'
import type { SealOutcome, SessionToSeal } from './seal-entry.ts'
import { megolmBackupV1 } from './v1.ts'
import { megolmBackupV2, megolmBackupV2Unstable } from './v2.ts'

const inputs: readonly SessionToSeal[] = account.expected.map((session, index) => ({
  roomId: roomId(session.room_id),
  sessionId: sessionId(session.session_id),
  session,
  isVerified: index % 2 === 0,
  forwardedCount: index % 3,
}))

const OPTIONS: SealEntriesOptions = {
  algorithm: megolmBackupV1,
  key: encryptionKeyOf(account.key),
}

async function sealAll(
  sessions: Iterable<SessionToSeal> | AsyncIterable<SessionToSeal>,
  options: Partial<SealEntriesOptions> = {},
): Promise<readonly SealOutcome[]> {
  const outcomes: SealOutcome[] = []
  for await (const outcome of sealEntries(sessions, { ...OPTIONS, ...options }))
    outcomes.push(outcome)
  return outcomes
}

function sealedIn(outcomes: readonly SealOutcome[]): readonly BackupEntry[] {
  return outcomes.flatMap((outcome) => (outcome.status === 'sealed' ? [outcome] : []))
}

const { publicKey } = OPTIONS.key

/** Who may write, and not read. */
const writeOnly: EncryptionKey = encryptionKeyFor(
  { public_key: account.key.publicKey },
  backupMacKey(account.key),
)

const WRONG_INDEX: EntryNote = 'first_message_index_differs'

describe.each([megolmBackupV1, megolmBackupV2, megolmBackupV2Unstable])('$name', (algorithm) => {
  test.each([
    ['who reads it', OPTIONS.key],
    ['who cannot', writeOnly],
  ])('what is written by %s is opened whole, with its metadata', async (_, key) => {
    const outcomes = await sealAll(inputs, { algorithm, key })
    const entries = sealedIn(outcomes)
    expect(entries).toHaveLength(250)
    const opened = await openAll(entries, { algorithm, macPolicy: 'backup_mac_required' })
    expect(opened.map((outcome) => outcome.status === 'opened' && outcome.session)).toEqual(
      account.expected,
    )
    for (const [index, outcome] of opened.entries()) {
      const { isVerified, forwardedCount } = at(inputs, index)
      expect(outcome).toMatchObject({ backupMac: 'valid', unauthenticated: null })
      expect(outcome).not.toHaveProperty('notes', expect.arrayContaining([WRONG_INDEX]))
      expect(at(entries, index).data).toMatchObject({
        is_verified: isVerified,
        forwarded_count: forwardedCount,
      })
    }
  })

  test.each(['m.undefined', 'm.legacy-v1', 'm.forwarded_room_key'] as const)(
    'the mark %s is read again, and taken away again',
    async (unauthenticated) => {
      const [entry] = sealedIn(
        await sealAll([{ ...at(inputs, 0), unauthenticated }], { algorithm }),
      )
      const opened = await openGood(entry ?? at([], 0), { algorithm })
      expect(opened.unauthenticated).toBe(unauthenticated)
      const backupMacInV1 = 'trusted'
      expect(provenanceOf(opened, { algorithm, backupMacInV1 }).kind).toBe('unauthenticated_backup')
      const { session } = opened
      const again = [
        { ...at(inputs, 0), session },
        { ...at(inputs, 0), session, unauthenticated: null },
      ]
      const reopened = await openAll(sealedIn(await sealAll(again, { algorithm })), { algorithm })
      expect(
        reopened.map((outcome) => outcome.status === 'opened' && outcome.unauthenticated),
      ).toEqual([unauthenticated, null])
    },
  )

  test('the words of another client about its origin survive', async () => {
    const session = { ...at(inputs, 0).session, unauthenticated: 'org.example.imported' }
    const [entry] = sealedIn(await sealAll([{ ...at(inputs, 0), session }], { algorithm }))
    const opened = await openGood(entry ?? at([], 0), { algorithm })
    expect(opened.unauthenticated).toBe('m.undefined')
    expect(Object.values(opened.session)).toContain('org.example.imported')
  })
})

describe('without a MAC key', () => {
  const key: EncryptionKey = { publicKey, macKey: null }

  test('v1 is what deployed clients write', async () => {
    const [entry] = sealedIn(await sealAll(inputs.slice(0, 1), { key }))
    const opened = await openGood(entry ?? at([], 0))
    expect(opened).toMatchObject({ mac: 'libolm', backupMac: 'missing' })
    const data: unknown = entry?.data
    expect(data).toHaveProperty('session_data.mac')
    expect(data).not.toHaveProperty('session_data.unsigned')
  })

  test.each([megolmBackupV2, megolmBackupV2Unstable])('$name is not written', async (algorithm) => {
    const error = await rejected(sealAll(inputs.slice(0, 1), { algorithm, key }))
    expect(error.code).toBe('mac_key_missing')
  })
})

describe('one session that cannot be sealed', () => {
  const good = at(inputs, 0)
  const { sender_key, ...incomplete } = good.session
  const circular: Record<string, unknown> = {}
  circular['self'] = circular

  const bad: readonly [string, string, Partial<Record<keyof SessionToSeal, unknown>>][] = [
    ['malformed_plaintext', 'no record', { session: null }],
    ['malformed_plaintext', 'a record without a field', { session: incomplete }],
    ['malformed_plaintext', 'a record with a circle', { session: { ...good.session, circular } }],
    ['malformed_plaintext', 'a record with a bigint', { session: { ...good.session, big: 1n } }],
    ['unsupported_session', 'another algorithm', { session: { ...good.session, algorithm: 'x' } }],
    ['malformed_session_key', 'no key', { session: { ...good.session, session_key: 'AQ' } }],
    ['session_id_mismatch', 'the id of another', { sessionId: at(inputs, 1).sessionId }],
    ['malformed_entry', 'a negative count', { forwardedCount: -1 }],
    ['malformed_entry', 'a fraction', { forwardedCount: 0.5 }],
    ['malformed_entry', 'no flag', { isVerified: undefined }],
  ]

  test.each(bad)('is a %s, and costs no other: %s', async (reason, _, change) => {
    expect(sender_key).toBeDefined()
    // The types forbid it; a caller in JavaScript is not stopped by them.
    const broken = { ...good, ...change } as SessionToSeal
    const outcomes = await sealAll([at(inputs, 2), broken, at(inputs, 3)])
    expect(outcomes.map(({ status }) => status)).toEqual(['sealed', 'failed', 'sealed'])
    const failed = at(outcomes, 1)
    if (failed.status !== 'failed') throw new TypeError('It was sealed')
    expect(failed).toMatchObject({ roomId: broken.roomId, sessionId: broken.sessionId, reason })
    expect(failed.error).toBeInstanceOf(EntryError)
    const said = `${failed.error.message} ${String(failed.error.cause)}`
    expect(said).not.toContain(good.session.session_key.slice(20, 40))
  })
})

describe('outcomes', () => {
  test.each([0, 1, 63, 64, 65, 129])('are %i for so many, in their order', async (count) => {
    const list = inputs.slice(0, count)
    const outcomes = await sealAll(list)
    expect(outcomes.map(({ sessionId: id }) => id)).toEqual(list.map(({ sessionId: id }) => id))
  })

  test('of one session are another text each time', async () => {
    const outcomes = await sealAll([at(inputs, 0), at(inputs, 0)])
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(2)
  })

  test('come from a stream, which is closed when the loop is left', async () => {
    let closed = false
    async function* source() {
      try {
        for (;;) yield await Promise.resolve(at(inputs, 0))
      } finally {
        closed = true
      }
    }
    for await (const outcome of sealEntries(source(), OPTIONS)) {
      expect(outcome.status).toBe('sealed')
      break
    }
    expect(closed).toBe(true)
  })

  test('stop with the reason of the signal', async () => {
    const reason = new Error('enough')
    const controller = new AbortController()
    const sealing = sealEntries(inputs, { ...OPTIONS, signal: controller.signal })
    await sealing.next()
    controller.abort(reason)
    await expect(sealing.next()).rejects.toBe(reason)
    await expect(sealAll(inputs, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})

describe('agreements', () => {
  test('are asked for in batches, with the public key', async () => {
    const agree = vi.fn<Agreements>(nobleAgreements())
    await sealAll(inputs.slice(0, BATCH_SIZE + 6), { agree })
    expect(agree.mock.calls).toEqual([
      [publicKey, BATCH_SIZE],
      [publicKey, 6],
    ])
  })

  test('come from the source of randomness that is given', async () => {
    const drawn = randomBytes(32)
    const options = { random: () => drawn }
    const [one] = await sealAll(inputs.slice(0, 1), options)
    expect(await sealAll(inputs.slice(0, 1), options)).toEqual([one])
  })

  test('with a public key of low order end it', async () => {
    const key: EncryptionKey = { publicKey: new Uint8Array(32), macKey: null }
    const error = await rejected(sealAll(inputs.slice(0, 1), { key }))
    expect(error.code).toBe('malformed_auth_data')
  })

  test.each([0, 1, 3])('of a provider that gives %i for 2 end it', async (count) => {
    const agree: Agreements = (to) => nobleAgreements()(to, count)
    await expect(sealAll(inputs.slice(0, 2), { agree })).rejects.toThrow(TypeError)
  })

  test('of a wrong length end it', async () => {
    const short = { ephemeral: new Uint8Array(31), sharedSecret: new Uint8Array(32).fill(1) }
    const agree: Agreements = () => Promise.resolve([short])
    await expect(sealAll(inputs.slice(0, 1), { agree })).rejects.toThrow(TypeError)
  })

  test('of a provider that fails end it with its own error', async () => {
    const broken = new Error('no such device')
    const sealing = sealAll(inputs, { agree: () => Promise.reject(broken) })
    await expect(sealing).rejects.toBe(broken)
  })
})

test('a record is not changed by sealing it', async () => {
  const session: BackedUpSessionData = Object.freeze({ ...at(inputs, 0).session })
  const before = JSON.stringify(session)
  await sealAll([{ ...at(inputs, 0), session, unauthenticated: 'm.legacy-v1' }])
  expect(JSON.stringify(session)).toBe(before)
})

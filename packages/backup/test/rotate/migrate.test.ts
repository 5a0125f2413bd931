import { MEGOLM_BACKUP_V1 } from '@roomkeys/types'
import { describe, expect, it } from 'vitest'
import { withBackupMac } from '../../src/curve25519/backup-mac.ts'
import type { OpenedEntry } from '../../src/entry.ts'
import { backupMacKey } from '../../src/mac-key.ts'
import { ROTATION_MARKER } from '../../src/rotate.ts'
import { unauthenticatedOf } from '../../src/unauthenticated.ts'
import { megolmBackupV1 } from '../../src/v1.ts'
import { megolmBackupV2, megolmBackupV2Unstable } from '../../src/v2.ts'
import { addressOf, entryOf, keyOf } from './keys.ts'
import { createWorld, openedIn, optionsOf, reportIn, run, type World } from './world.ts'

/** What the new version holds, by session id. */
async function newVersion({ server, vault }: World): Promise<ReadonlyMap<string, OpenedEntry>> {
  const key = await vault.current()
  if (key === null) throw new TypeError('There is a key')
  const opened = await openedIn(server, '2', key)
  return new Map(opened.map((one) => [one.sessionId, one]))
}

const idOf = (number: number): string => addressOf(number).sessionId

function dataOf({ server }: World, version: string, number: number): unknown {
  return server.entriesOf(version).find(({ sessionId }) => sessionId === idOf(number))?.data
}

describe('v1 to v2', () => {
  const entries = [
    { number: 0, mac: 'without' },
    { number: 1, mac: 'with' },
    { number: 2, mac: 'without', unauthenticated: 'm.forwarded_room_key' },
    { number: 3, mac: 'with', unauthenticated: 'm.forwarded_room_key' },
  ] as const

  it('marks what has no valid MAC, whatever it said before; the rest stays as it says', async () => {
    for (const key of ['new', 'same'] as const) {
      const world = await createWorld(megolmBackupV1, entries)
      await run(optionsOf(world, { target: { algorithm: megolmBackupV2Unstable, key } }))
      const opened = await newVersion(world)
      const marks = entries.map(({ number }) => opened.get(idOf(number))?.unauthenticated)
      expect(marks).toEqual(['m.legacy-v1', null, 'm.legacy-v1', 'm.forwarded_room_key'])
      expect([...opened.values()].map(({ backupMac }) => backupMac)).toEqual(
        Array<string>(4).fill('valid'),
      )
    }
  })

  it('marks what has an invalid MAC', async () => {
    const world = await createWorld(megolmBackupV1, [])
    const entry = await entryOf({ number: 0, algorithm: megolmBackupV1, key: 1 })
    const unsigned = { 'org.matrix.msc4048.backup_mac': 'A'.repeat(43) }
    const session_data = { ...entry.data.session_data, unsigned }
    world.server.putKeys('1', [{ ...entry, data: { ...entry.data, session_data } }])
    await run(optionsOf(world, { target: { algorithm: megolmBackupV2Unstable, key: 'same' } }))
    expect((await newVersion(world)).get(idOf(0))?.unauthenticated).toBe('m.legacy-v1')
  })

  it('moves entries with a valid MAC unchanged when the key stays, and no others', async () => {
    const world = await createWorld(megolmBackupV1, entries)
    await run(optionsOf(world, { target: { algorithm: megolmBackupV2Unstable, key: 'same' } }))
    for (const number of [1, 3])
      expect(dataOf(world, '2', number)).toEqual(dataOf(world, '1', number))
    for (const number of [0, 2])
      expect(dataOf(world, '2', number)).not.toEqual(dataOf(world, '1', number))
    expect((await world.vault.current())?.publicKey).toBe(keyOf(1).publicKey)
  })

  it('writes entries anew whose MAC and mark have the names of the draft', async () => {
    const world = await createWorld(megolmBackupV1, entries)
    await run(optionsOf(world, { target: { algorithm: megolmBackupV2, key: 'same' } }))
    expect(dataOf(world, '2', 3)).toMatchObject({
      session_data: { unsigned: { backup_mac: expect.any(String) as string } },
    })
    const moved = (await newVersion(world)).get(idOf(3))
    expect(moved?.session).toMatchObject({ unauthenticated: 'm.forwarded_room_key' })
    expect(moved?.session).not.toHaveProperty(['org.matrix.msc4048.unauthenticated'])
  })

  it('writes entries anew whose mark alone has the name of the draft', async () => {
    const world = await createWorld(megolmBackupV1, [])
    const unauthenticated = 'm.forwarded_room_key'
    const entry = await entryOf({ number: 0, algorithm: megolmBackupV1, key: 1, unauthenticated })
    const writing = { macKey: backupMacKey(keyOf(1)), name: 'backup_mac' }
    const session_data = withBackupMac({ ...entry.data.session_data, unsigned: {} }, writing)
    world.server.putKeys('1', [{ ...entry, data: { ...entry.data, session_data } }])
    await run(optionsOf(world, { target: { algorithm: megolmBackupV2, key: 'same' } }))
    const { session } = (await newVersion(world)).get(idOf(0)) ?? {}
    expect(session).toMatchObject({ unauthenticated })
    expect(session).not.toHaveProperty(['org.matrix.msc4048.unauthenticated'])
  })

  it('marks everything where a MAC in v1 counts for nothing', async () => {
    const world = await createWorld(megolmBackupV1, entries)
    const target = { algorithm: megolmBackupV2Unstable, key: 'same' } as const
    await run(optionsOf(world, { target, backupMacInV1: 'ignored' }))
    const marks = [...(await newVersion(world)).values()].map(({ session }) =>
      unauthenticatedOf(session),
    )
    expect(marks).toEqual(Array<string>(4).fill('m.legacy-v1'))
  })
})

describe('what an entry is', () => {
  it('stays: metadata, the record, and members that nobody knows', async () => {
    const entry = { number: 1, index: 3, isVerified: true, forwardedCount: 2 }
    const world = await createWorld(megolmBackupV1, [entry])
    await run(optionsOf(world))
    expect(dataOf(world, '2', 1)).toMatchObject({
      first_message_index: 3,
      is_verified: true,
      forwarded_count: 2,
    })
    expect((await newVersion(world)).get(idOf(1))?.session).toMatchObject({
      'm.shared_history': true,
      sender_key: 'c2VuZGVy1',
    })
  })

  it('is put right where its metadata are no metadata', async () => {
    const world = await createWorld(megolmBackupV1, [])
    const entry = await entryOf({ number: 0, index: 5, algorithm: megolmBackupV1, key: 1 })
    const metadata = { first_message_index: 0, forwarded_count: -1, is_verified: 'yes' as never }
    world.server.putKeys('1', [{ ...entry, data: { ...entry.data, ...metadata } }])
    for (const key of ['same', 'new'] as const) {
      await run(
        optionsOf(
          { ...world, journal: (await createWorld(megolmBackupV1, [])).journal },
          {
            target: { algorithm: megolmBackupV1, key },
          },
        ),
      )
      expect(dataOf(world, '2', 0)).toMatchObject({
        first_message_index: 5,
        forwarded_count: 0,
        is_verified: false,
      })
    }
  })

  it('is opened by another key of the vault where a backup has mixed keys', async () => {
    const world = await createWorld(megolmBackupV1, [{ number: 0 }])
    await world.vault.keep(keyOf(2))
    const older = world.server.createVersion(MEGOLM_BACKUP_V1, { public_key: keyOf(2).publicKey })
    const current = world.server.createVersion(MEGOLM_BACKUP_V1, {
      public_key: keyOf(1).publicKey,
      unsigned: { [ROTATION_MARKER]: { from: [older] } },
    })
    world.server.putKeys(current, [await entryOf({ number: 1, algorithm: megolmBackupV1, key: 2 })])
    const report = reportIn(await run(optionsOf(world)))
    expect(report).toMatchObject({ version: '4', offer: 'delete' })
    expect(report.sources.map(({ carried }) => carried)).toEqual([1, 0])
  })
})

describe('the new version', () => {
  it('keeps what belongs to a key that stays, and nothing of one that goes', async () => {
    for (const key of ['same', 'new'] as const) {
      const world = await createWorld(megolmBackupV1, [{ number: 0 }])
      const [version] = world.server.versions
      if (version !== undefined)
        version.authData = { ...version.authData, private_key_salt: 'salt' }
      await run(optionsOf(world, { target: { algorithm: megolmBackupV1, key } }))
      const made = world.server.versions[1]?.authData ?? {}
      expect(Object.hasOwn(made, 'private_key_salt')).toBe(key === 'same')
    }
  })

  it('is marked, under signature, while it is filled, and without one afterwards', async () => {
    const world = await createWorld(megolmBackupV1, [{ number: 0 }])
    const signed: unknown[] = []
    const options = optionsOf(world)
    await run({
      ...options,
      sign: (authData) => {
        signed.push(authData)
        return options.sign(authData)
      },
    })
    expect(signed).toEqual([
      {
        public_key: expect.any(String) as string,
        [ROTATION_MARKER]: { id: expect.any(String) as string, from: ['1'] },
      },
      { public_key: expect.any(String) as string },
    ])
    const { authData } = world.server.versions[1] ?? {}
    expect(authData).toMatchObject({ unsigned: { [ROTATION_MARKER]: { from: ['1'] } } })
    expect(authData).not.toHaveProperty([ROTATION_MARKER])
  })
})

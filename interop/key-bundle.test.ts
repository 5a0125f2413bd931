import {
  buildRoomKeyBundle,
  encryptRoomKeyBundle,
  isShareable,
  openRoomKeyBundle,
  parseRoomKeyBundleContent,
  roomKeyBundleContent,
} from '@roomkeys/key-bundle'
import type { ExportedSessionData } from '@roomkeys/types'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { initOlm } from './peers/olm.ts'
import {
  buildBundle,
  closePair,
  importBundle,
  type Pair,
  receivedBundle,
  sendBundleContent,
  sessionsOfRoom,
  shareBundle,
  wasmPair,
} from './peers/wasm-bundles.ts'
import { initWasm, wasmImportExported } from './peers/wasm.ts'
import { CASES, SEED } from './seed.ts'
import { makeSession, sessionDraft, sorted } from './sessions.ts'

beforeAll(async () => {
  await initOlm()
  await initWasm()
})

/** Bundles in each direction, and the most sessions of each. */
const BUNDLES = 60
const LARGEST = 30

const flags = fc.constantFrom(
  { 'm.shared_history': true },
  { shared_history: true },
  { 'org.matrix.msc3061.shared_history': true },
  { 'm.shared_history': false },
  {},
)

/** Sessions of one room; `room_id` is set when they are made. */
const rooms = fc.array(fc.tuple(sessionDraft, flags), {
  minLength: 1,
  maxLength: LARGEST,
  size: 'max',
})

/** Rooms with their sessions, the same ones on every run but for the sessions' keys. */
function drawRooms(): readonly (readonly ExportedSessionData[])[] {
  return fc.sample(rooms, { seed: SEED, numRuns: BUNDLES }).map((drafts, number) =>
    drafts.map(([draft, flag]) => {
      const room = `!room${number}:example.org`
      return { ...makeSession({ ...draft, room, sharedHistory: undefined }), ...flag }
    }),
  )
}

function roomOf(sessions: readonly ExportedSessionData[]): string {
  return sessions[0]?.room_id ?? ''
}

/** What both sides keep of a session that was in a bundle. */
function asShared(session: ExportedSessionData): ExportedSessionData {
  return {
    algorithm: session.algorithm,
    forwarding_curve25519_key_chain: [],
    'm.shared_history': true,
    room_id: session.room_id,
    sender_claimed_keys: session.sender_claimed_keys,
    sender_key: session.sender_key,
    session_id: session.session_id,
    session_key: session.session_key,
  }
}

const idsOf = (sessions: readonly { readonly session_id: string }[]): readonly string[] =>
  sessions.map(({ session_id }) => session_id).toSorted()

/** Builds and describes a bundle of ours; the Rust stack sends the description, and imports it. */
async function giveBundle(pair: Pair, sessions: readonly ExportedSessionData[]): Promise<void> {
  const roomId = roomOf(sessions)
  const { bundle, outcomes } = buildRoomKeyBundle(sessions, { roomId })
  expect(outcomes.filter(({ status }) => status === 'failed')).toEqual([])
  const { ciphertext, file } = await encryptRoomKeyBundle(bundle)
  const content = roomKeyBundleContent(file, { roomId, url: `mxc://example.org/${roomId}` })
  expect(await sendBundleContent(pair, content)).toEqual(content)
  const received = await receivedBundle(pair, roomId)
  expect(received.url).toBe(content.file.url)
  await importBundle(pair, roomId, ciphertext)
}

test('bundles that we build, the Rust stack imports whole', async () => {
  const pair = await wasmPair()
  let shared = 0
  for (const sessions of drawRooms()) {
    await giveBundle(pair, sessions)
    const imported = await sessionsOfRoom(pair.receiver, roomOf(sessions))
    const expected = sessions.filter(isShareable).map(asShared)
    expect(sorted(imported)).toEqual(sorted(expected))
    shared += imported.length
  }
  closePair(pair)
  expect(shared).toBeGreaterThanOrEqual(CASES)
})

test('what we withhold, the Rust stack passes on as withheld', async () => {
  const pair = await wasmPair()
  for (const sessions of drawRooms().slice(0, 20)) {
    await giveBundle(pair, sessions)
    const room = roomOf(sessions)
    const { ciphertext, file } = await buildBundle(pair.receiver, room)
    const content = roomKeyBundleContent(file, { roomId: room, url: 'mxc://example.org/again' })
    const read = await openRoomKeyBundle(ciphertext, content, { roomId: room, sharedBy: 'bob' })
    const withheld = read.withheld.map((entry) => entry.status === 'withheld' && entry.withheld)
    expect(idsOf(withheld.filter((entry) => entry !== false))).toEqual(
      idsOf(sessions.filter((session) => !isShareable(session))),
    )
  }
  closePair(pair)
})

test('bundles that the Rust stack builds, we read whole', async () => {
  const pair = await wasmPair()
  let opened = 0
  for (const given of drawRooms()) {
    // The Rust stack does not know the specified name of the flag.
    const sessions = given.map((session) => ({
      ...session,
      ...(session['shared_history'] === true ? { 'm.shared_history': true } : {}),
    }))
    const room = roomOf(sessions)
    await wasmImportExported(pair.sender.machine, sessions)
    const { ciphertext, file } = await buildBundle(pair.sender, room)
    const url = 'mxc://example.org/theirs'
    const content = parseRoomKeyBundleContent(await shareBundle(pair, { room, url, file }))
    const options = { roomId: room, sharedBy: pair.sender.user }
    const { keys, withheld } = await openRoomKeyBundle(ciphertext, content, options)
    const read = keys.flatMap((key) => (key.status === 'opened' ? [key.session] : []))
    const shareable = sessions.filter(isShareable)
    expect(sorted(read)).toEqual(
      sorted(shareable.map((session) => ({ ...asShared(session), shared_history: true }))),
    )
    expect(keys).toHaveLength(shareable.length)
    expect(withheld.every(({ status }) => status === 'withheld')).toBe(true)
    expect(withheld).toHaveLength(sessions.length - shareable.length)
    opened += read.length
  }
  closePair(pair)
  expect(opened).toBeGreaterThanOrEqual(CASES)
})

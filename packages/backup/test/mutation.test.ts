/**
 * Entries changed at every byte and at every character.
 *
 * The MAC of v1 covers nothing, so a changed ciphertext decrypts to a block of noise and a changed
 * byte in the next block. What stands against it is only that noise is hardly ever UTF-8, JSON,
 * base64 and the right session id at once.
 */
import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import { type Bytes, fromUtf8, utf8 } from '@roomkeys/crypto/bytes'
import { sharedSecret } from '@roomkeys/crypto/x25519'
import { parseSessionExport, sessionIdOf } from '@roomkeys/megolm'
import {
  parseWire,
  roomId,
  type SessionDataV1,
  sessionDataV1Schema,
  sessionId,
} from '@roomkeys/types'
import { createDecipheriv } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { deriveSessionKeys } from '../src/curve25519/session-keys.ts'
import type { DecryptionKey } from '../src/decryption-key.ts'
import type { BackupEntry, EntryOutcome, OpenedEntry } from '../src/entry.ts'
import { parsePlaintext } from '../src/plaintext.ts'
import { serialiseSessionData } from '../src/v1/session-data.ts'
import { openAll, openGood } from './open.ts'
import { entryOf, SESSION_ID, sealed, session, sessionDataOf } from './sealed.ts'
import { account, at, keyOf, libolm } from './vectors.ts'

const MASKS = [0x01, 0x40, 0x80, 0xff]
const BLOCK = 16

type Field = 'ephemeral' | 'ciphertext' | 'mac'

interface Subject {
  readonly key: DecryptionKey
  readonly entry: BackupEntry
  readonly sessionData: SessionDataV1
}

/** The sessions among the entries by libolm. */
const subjects: readonly Subject[] = libolm
  .filter(({ plaintext }) => plaintext.startsWith('{'))
  .map(({ decryption_key, plaintext, session_data: sessionData }) => {
    const { session_key } = parsePlaintext(utf8(plaintext)).session
    const id = sessionId(sessionIdOf(parseSessionExport(session_key)))
    const data = { session_data: sessionData }
    const entry = { roomId: roomId('!room:example.org'), sessionId: id, data }
    return { key: keyOf(decryption_key), entry, sessionData }
  })

function withData(entry: BackupEntry, sessionData: SessionDataV1): BackupEntry {
  return { ...entry, data: { session_data: sessionData } }
}

function changedByte(text: string, position: number, mask: number): string {
  const bytes = decodeBase64(text)
  bytes[position] = (bytes[position] ?? 0) ^ mask
  return encodeBase64(bytes)
}

function byteChanges({ entry, sessionData }: Subject, field: Field): readonly BackupEntry[] {
  const text = sessionData[field]
  return [...decodeBase64(text).keys()].flatMap((position) =>
    MASKS.filter((mask) => !(field === 'ephemeral' && position === 31 && mask === 0x80)).map(
      (mask) => withData(entry, { ...sessionData, [field]: changedByte(text, position, mask) }),
    ),
  )
}

function reasonsOf(outcomes: readonly EntryOutcome[]): readonly string[] {
  const reasons = outcomes.map((outcome) =>
    outcome.status === 'failed' ? outcome.reason : 'opened',
  )
  return [...new Set(reasons)].toSorted()
}

const openedOf = (outcomes: readonly EntryOutcome[]): readonly OpenedEntry[] =>
  outcomes.filter((outcome) => outcome.status === 'opened')

describe('an entry by libolm with one byte changed', () => {
  test.each([0, 1, 8])('in its ephemeral key is a mac_mismatch: entry %i', async (index) => {
    const subject = at(subjects, index)
    const outcomes = await openAll(byteChanges(subject, 'ephemeral'), { key: subject.key })
    expect(outcomes).toHaveLength(4 * 32 - 1)
    expect(reasonsOf(outcomes)).toEqual(['mac_mismatch'])
  })

  test('in the high bit of its ephemeral key is the same entry: X25519 masks that bit', async () => {
    for (const { key, entry, sessionData } of subjects) {
      const ephemeral = changedByte(sessionData.ephemeral, 31, 0x80)
      const outcome = await openGood(withData(entry, { ...sessionData, ephemeral }), { key })
      const unchanged = await openGood(entry, { key })
      expect(ephemeral).not.toBe(sessionData.ephemeral)
      expect(outcome).toEqual(unchanged)
    }
  })

  test('in its mac is a mac_mismatch', async () => {
    for (const subject of subjects) {
      const outcomes = await openAll(byteChanges(subject, 'mac'), { key: subject.key })
      expect(outcomes).toHaveLength(4 * 8)
      expect(reasonsOf(outcomes)).toEqual(['mac_mismatch'])
    }
  })

  test('in its ciphertext never opens', async () => {
    for (const subject of subjects.slice(0, 6)) {
      const outcomes = await openAll(byteChanges(subject, 'ciphertext'), { key: subject.key })
      expect(outcomes.length).toBeGreaterThan(4 * 448)
      expect(openedOf(outcomes)).toEqual([])
      expect(reasonsOf(outcomes)).toEqual(['bad_ciphertext', 'malformed_plaintext'])
    }
  })
})

describe('an entry by libolm with one character changed', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

  /** The next character of the alphabet, and one that is not of it. */
  function characterChanges(text: string): readonly string[] {
    return Array.from(text).flatMap((character, position) => {
      const next = alphabet[(alphabet.indexOf(character) + 1) % 64] ?? 'A'
      return [next, '*', ''].map((put) => text.slice(0, position) + put + text.slice(position + 1))
    })
  }

  test.each(['ephemeral', 'ciphertext', 'mac'] as const)('in its %s never opens', async (field) => {
    const { key, entry, sessionData } = at(subjects, 4)
    const texts = characterChanges(sessionData[field])
    const changed = texts.map((text) => withData(entry, { ...sessionData, [field]: text }))
    const outcomes = await openAll(changed, { key })
    expect(outcomes).toHaveLength(3 * sessionData[field].length)
    expect(openedOf(outcomes)).toEqual([])
    expect(reasonsOf(outcomes)).toContain('malformed_session_data')
  })
})

/** The ciphertext of an entry, and what each block of it decrypts to, by other means than ours. */
interface Blocks {
  readonly ciphertext: Bytes
  readonly plaintext: Bytes
  /** Decrypts blocks one by one, unchained. */
  readonly decryptBlocks: (blocks: Uint8Array) => Uint8Array
  /** What the block at this offset is chained to. */
  readonly chainedTo: (offset: number) => Uint8Array
}

function blocksOf({ ephemeral, ciphertext: text }: SessionDataV1): Blocks {
  const secret = sharedSecret(account.key.privateKey.expose(), decodeBase64(ephemeral))
  const { aesKey, iv } = deriveSessionKeys(secret ?? new Uint8Array())
  const ciphertext = decodeBase64(text)
  const decryptBlocks = (blocks: Uint8Array): Uint8Array =>
    createDecipheriv('aes-256-ecb', aesKey, null).setAutoPadding(false).update(blocks)
  const chainedTo = (offset: number): Uint8Array =>
    offset === 0 ? iv : ciphertext.subarray(offset - BLOCK, offset)
  const plaintext = Uint8Array.from(
    decryptBlocks(ciphertext),
    (byte, i) => byte ^ (chainedTo(i - (i % BLOCK))[i % BLOCK] ?? 0),
  )
  return { ciphertext, plaintext, decryptBlocks, chainedTo }
}

/** JSON holds no control character but white space. */
const fitsJson = (byte: number): boolean =>
  byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d

function isUtf8(bytes: Uint8Array): boolean {
  try {
    return fromUtf8(bytes).length > 0
  } catch {
    return false
  }
}

/** The block at this offset with every byte changed by every mask. */
function changedBlocks({ ciphertext }: Blocks, offset: number): Uint8Array {
  const block = ciphertext.subarray(offset, offset + BLOCK)
  const changed = new Uint8Array(BLOCK * 255 * BLOCK)
  for (let change = 0; change < BLOCK * 255; change++) {
    changed.set(block, change * BLOCK)
    const position = change * BLOCK + Math.floor(change / 255)
    changed[position] = (changed[position] ?? 0) ^ ((change % 255) + 1)
  }
  return changed
}

/** A ciphertext with the block at the offset replaced, if its plaintext may be JSON at all. */
function worthATry(
  blocks: Blocks,
  offset: number,
  change: { old: Bytes; put: Uint8Array; noise: Uint8Array },
): Bytes | null {
  const { ciphertext, plaintext, chainedTo } = blocks
  const before = chainedTo(offset)
  const garbled = change.noise.map((byte, i) => byte ^ (before[i] ?? 0))
  const isLast = offset + BLOCK === ciphertext.length
  if (isLast ? (garbled.at(-1) ?? 0) > BLOCK : !garbled.every(fitsJson)) return null
  const whole = Uint8Array.from(plaintext)
  whole.set(garbled, offset)
  for (let i = 0; i < BLOCK && !isLast; i++)
    whole[offset + BLOCK + i] =
      (whole[offset + BLOCK + i] ?? 0) ^ (change.old[i] ?? 0) ^ (change.put[i] ?? 0)
  if (!isLast && !isUtf8(whole)) return null
  const result = Uint8Array.from(ciphertext)
  result.set(change.put, offset)
  return result
}

/** Every change of one byte by every mask whose plaintext may still be JSON. */
function* plausibleChanges(blocks: Blocks): Generator<Bytes> {
  for (let offset = 0; offset < blocks.ciphertext.length; offset += BLOCK) {
    const changed = changedBlocks(blocks, offset)
    const noise = blocks.decryptBlocks(changed)
    const old = blocks.ciphertext.slice(offset, offset + BLOCK)
    for (let from = 0; from < changed.length; from += BLOCK) {
      const piece = (bytes: Uint8Array) => bytes.subarray(from, from + BLOCK)
      const result = worthATry(blocks, offset, { old, put: piece(changed), noise: piece(noise) })
      if (result !== null) yield result
    }
  }
}

describe('an entry of the account with one byte of its ciphertext changed by any mask', () => {
  /** Every tenth entry; among all 250, with 30 600 000 changes, one opens as well. */
  const tenth = account.entries.filter((_, index) => index % 10 === 5)

  test('opens in 1 of 3 060 000 cases, as the same session with another claimed key: nothing in v1 can tell', async () => {
    let changes = 0
    const survivors: OpenedEntry[] = []
    for (const entry of tenth) {
      const sessionData = parseWire(sessionDataV1Schema, sessionDataOf(entry), 'session_data')
      const blocks = blocksOf(sessionData)
      changes += blocks.ciphertext.length * 255
      const tried = [...plausibleChanges(blocks)].map((ciphertext) =>
        withData(entry, { ...sessionData, ciphertext: encodeBase64(ciphertext) }),
      )
      survivors.push(...openedOf(await openAll(tried)))
    }
    expect(changes).toBe(3_060_000)
    expect(survivors).toHaveLength(1)
    const { sessionId: id, session: opened } = at(survivors, 0)
    const original = await openGood(at(account.entries, 85))
    expect(id).toBe(original.sessionId)
    expect(opened).toEqual({
      ...original.session,
      sender_claimed_keys: opened.sender_claimed_keys,
    })
    expect(opened.sender_claimed_keys).not.toEqual(original.session.sender_claimed_keys)
  })
})

describe('an entry whose ciphertext was replaced under its own ephemeral key and MAC', () => {
  const original = sealed(utf8(JSON.stringify(session)))

  function replacedBy(record: unknown): BackupEntry {
    const { ciphertext } = sealed(utf8(JSON.stringify(record)))
    return entryOf(serialiseSessionData({ ...original, ciphertext }))
  }

  test('opens with whatever sender it names: the MAC covers nothing', async () => {
    const outcome = await openGood(replacedBy({ ...session, sender_key: 'somebody else' }))
    expect(outcome.session.sender_key).toBe('somebody else')
    expect(outcome.mac).toBe('libolm')
  })

  test('opens with another ratchet: the session-export format has no signature', async () => {
    const bytes = decodeBase64(session.session_key)
    bytes[60] = (bytes[60] ?? 0) ^ 1
    const outcome = await openGood(replacedBy({ ...session, session_key: encodeBase64(bytes) }))
    expect(outcome.sessionId).toBe(SESSION_ID)
    expect(outcome.session.session_key).not.toBe(session.session_key)
  })

  test('never opens with another public key: that is the session id', async () => {
    const bytes = decodeBase64(session.session_key)
    const changed = [...Array(32).keys()].map((i) => {
      const copy = Uint8Array.from(bytes)
      copy[133 + i] = (copy[133 + i] ?? 0) ^ 1
      return replacedBy({ ...session, session_key: encodeBase64(copy) })
    })
    expect(reasonsOf(await openAll(changed))).toEqual(['session_id_mismatch'])
  })
})

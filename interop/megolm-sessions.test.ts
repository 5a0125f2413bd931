import { ed25519PublicKey } from '@roomkeys/crypto/ed25519'
import { SecretBytes } from '@roomkeys/crypto/secret'
import {
  parseSessionExport,
  parseSessionSharing,
  serialiseSessionExport,
  serialiseSessionSharing,
  sessionIdOf,
  signSession,
} from '@roomkeys/megolm'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { anyText, bytesOf, ratchetIndex } from './arbitraries.ts'
import {
  initOlm,
  olmExportAt,
  olmGroupDecrypt,
  olmOutboundSession,
  olmReadExport,
  olmReadSharing,
} from './peers/olm.ts'
import { seeded } from './seed.ts'

beforeAll(initOlm)

/** libolm's binding ends a plaintext at the first U+0000. */
const message = anyText.map((text) => text.replaceAll('\0', ''))

test('the session-sharing text of libolm parses and is written identically', () => {
  fc.assert(
    fc.property(message, (text) => {
      const { sessionId, sharing } = olmOutboundSession(text)
      const session = parseSessionSharing(sharing)
      expect(sessionIdOf(session)).toBe(sessionId)
      expect(session.index).toBe(0)
      expect(serialiseSessionSharing(session)).toBe(sharing)
    }),
    seeded,
  )
})

test('the session-export text of libolm at any index parses and is written identically', () => {
  fc.assert(
    fc.property(ratchetIndex, (index) => {
      const { sessionId, sharing } = olmOutboundSession('')
      const exported = olmExportAt(sharing, index)
      const session = parseSessionExport(exported)
      expect(sessionIdOf(session)).toBe(sessionId)
      expect(session.index).toBe(index)
      expect(serialiseSessionExport(session)).toBe(exported)
    }),
    seeded,
  )
})

test('a session shared by libolm and exported by us decrypts its messages in libolm', () => {
  fc.assert(
    fc.property(message, (text) => {
      const outbound = olmOutboundSession(text)
      const exported = serialiseSessionExport(parseSessionSharing(outbound.sharing))
      expect(exported).toBe(olmExportAt(outbound.sharing, 0))
      expect(olmGroupDecrypt(exported, outbound.message)).toBe(text)
    }),
    seeded,
  )
})

const ourSession = fc
  .record({
    seed: bytesOf(32),
    ratchet: bytesOf(128).map((bytes) => new SecretBytes(bytes)),
    index: ratchetIndex,
  })
  .map(({ seed, ratchet, index }) => ({
    seed,
    session: { ratchet, index, publicKey: ed25519PublicKey(seed) },
  }))

test('libolm accepts a session that we signed, with the same session id and index', () => {
  fc.assert(
    fc.property(ourSession, ({ seed, session }) => {
      const sharing = serialiseSessionSharing(signSession(session, seed))
      const expected = { sessionId: sessionIdOf(session), index: session.index }
      expect(olmReadSharing(sharing)).toEqual(expected)
      expect(olmExportAt(sharing, session.index)).toBe(serialiseSessionExport(session))
    }),
    seeded,
  )
})

test('libolm accepts a session that we exported, with the same session id and index', () => {
  fc.assert(
    fc.property(ourSession, ({ session }) => {
      const expected = { sessionId: sessionIdOf(session), index: session.index }
      expect(olmReadExport(serialiseSessionExport(session))).toEqual(expected)
    }),
    seeded,
  )
})

test('a session that another key signed is refused by libolm and by us', () => {
  fc.assert(
    fc.property(ourSession, bytesOf(32), ({ session, seed }, otherSeed) => {
      fc.pre(!seed.every((byte, position) => byte === otherSeed[position]))
      const sharing = serialiseSessionSharing(signSession(session, otherSeed))
      expect(() => olmReadSharing(sharing)).toThrow('BAD_SIGNATURE')
      expect(() => parseSessionSharing(sharing)).toThrow(
        expect.objectContaining({ code: 'signature_mismatch' }),
      )
    }),
    seeded,
  )
})

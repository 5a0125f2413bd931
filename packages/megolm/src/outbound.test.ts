import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import { aesCbcEncrypt } from '@roomkeys/crypto/aes'
import { concatBytes, fromUtf8, randomBytes, utf8 } from '@roomkeys/crypto/bytes'
import { ed25519Sign, ed25519Verify, type SignedMessage } from '@roomkeys/crypto/ed25519'
import fc from 'fast-check'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { caught } from '../test/caught.ts'
import { advanceTo, decrypt, exportAt } from './inbound.ts'
import { encodePayload } from './message.ts'
import { messageMac, withMessageKeys } from './message-keys.ts'
import {
  createOutboundSession,
  encrypt,
  type OutboundSession,
  sessionSharingKey,
} from './outbound.ts'
import { MAX_INDEX } from './ratchet.ts'
import { parseSessionExport } from './session-export.ts'
import { parseSessionSharing } from './session-sharing.ts'

const counting = (length: number) => Uint8Array.from({ length }, (_, i) => i)
const session = createOutboundSession(counting)

/** The session at a later index. */
function at(index: number): OutboundSession {
  return { ...session, ...advanceTo(session, index) }
}

describe('a new session', () => {
  test('takes its ratchet and its key from the source of randomness', () => {
    expect(session.index).toBe(0)
    expect(session.ratchet.expose()).toEqual(counting(128))
    expect(session.seed.expose()).toEqual(counting(32))
  })

  test('is another one each time', () => {
    const [one, other] = [createOutboundSession(), createOutboundSession()]
    expect(one.publicKey).not.toEqual(other.publicKey)
    expect(one.ratchet.expose()).not.toEqual(other.ratchet.expose())
  })

  test('overwrites what it was given', () => {
    const given: Uint8Array[] = []
    createOutboundSession((length) => {
      const bytes = randomBytes(length)
      given.push(bytes)
      return bytes
    })
    expect(given.map((bytes) => bytes.every((byte) => byte === 0))).toEqual([true, true])
  })

  test('shows neither ratchet nor seed', () => {
    const shown = `${inspect(session, { depth: 9, showHidden: true })} ${JSON.stringify(session)}`
    expect(shown).not.toContain('0, 1, 2, 3')
    expect(shown).not.toContain(encodeBase64(counting(32)).slice(0, 12))
  })
})

describe('messages', () => {
  test('are decrypted, in any order, by one value of the session', () => {
    const inbound = parseSessionSharing(sessionSharingKey(session))
    let outbound = session
    const sent = Array.from({ length: 20 }, (_, i) => {
      const message = encrypt(outbound, utf8(`message ${i}`))
      outbound = message.next
      return message
    })
    for (const { ciphertext, index } of sent.toReversed()) {
      const decrypted = decrypt(inbound, ciphertext)
      expect(fromUtf8(decrypted.plaintext)).toBe(`message ${index}`)
      expect(decrypted.index).toBe(index)
    }
    expect(outbound.index).toBe(20)
    expect(inbound.index).toBe(0)
  })

  test('of any bytes at any index are decrypted by what was shared at or before it', () => {
    const index = fc.oneof(fc.nat(600), fc.nat(MAX_INDEX - 1))
    fc.assert(
      fc.property(
        index,
        fc.uint8Array({ maxLength: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (messageIndex, bytes, fraction) => {
          const { ciphertext } = encrypt(at(messageIndex), bytes)
          const shared = at(Math.floor(messageIndex * fraction))
          const inbound = parseSessionSharing(sessionSharingKey(shared))
          const { plaintext, advanced } = decrypt(inbound, ciphertext)
          expect(plaintext).toEqual(Uint8Array.from(bytes))
          expect(advanced.index).toBe(messageIndex)
          expect(advanced.ratchet.expose()).toEqual(at(messageIndex).ratchet.expose())
        },
      ),
      { numRuns: 60 },
    )
  })

  test('before what was shared are refused', () => {
    const { ciphertext } = encrypt(at(7), utf8('too early'))
    expect(caught(() => decrypt(at(8), ciphertext)).code).toBe('index_before_session')
  })

  test('end one before the last index, where there is no next session', () => {
    expect(encrypt(at(MAX_INDEX - 1), utf8('last')).next.index).toBe(MAX_INDEX)
    expect(caught(() => encrypt(at(MAX_INDEX), utf8('after'))).code).toBe('session_exhausted')
  })

  test('are checked by the given verification alone', () => {
    const { ciphertext } = encrypt(session, utf8('message'))
    const seen: SignedMessage[] = []
    const answering = (answer: boolean) => ({
      verify: (signed: SignedMessage) => {
        seen.push(signed)
        return answer
      },
    })
    expect(decrypt(session, ciphertext, answering(true)).plaintext).toEqual(utf8('message'))
    expect(caught(() => decrypt(session, ciphertext, answering(false))).code).toBe(
      'signature_mismatch',
    )
    expect(seen.map(ed25519Verify)).toEqual([true, true])
  })

  test('of another session are refused by their signature', () => {
    const { ciphertext } = encrypt(createOutboundSession(), utf8('foreign'))
    expect(caught(() => decrypt(session, ciphertext)).code).toBe('signature_mismatch')
  })
})

describe('a message that the signer made wrong', () => {
  const sign = (signed: Uint8Array) =>
    encodeBase64(concatBytes(signed, ed25519Sign(session.seed.expose(), signed)))

  function forged(ciphertext: Uint8Array<ArrayBuffer>): string {
    return withMessageKeys(session.ratchet, ({ macKey }) => {
      const payload = encodePayload({ index: 0, ciphertext })
      return sign(concatBytes(payload, messageMac(macKey, payload)))
    })
  }

  test('is refused by its MAC, whichever byte of it is wrong', () => {
    const bytes = decodeBase64(encrypt(session, utf8('message')).ciphertext)
    const signed = bytes.slice(0, -64)
    for (let position = signed.length - 8; position < signed.length; position++) {
      const wrong = Uint8Array.from(signed)
      wrong[position] = (wrong[position] ?? 0) ^ 1
      expect(caught(() => decrypt(session, sign(wrong))).code).toBe('mac_mismatch')
    }
  })

  test('with a ratchet of another session is refused by its MAC', () => {
    const other = { ...session, ratchet: createOutboundSession().ratchet }
    const { ciphertext } = encrypt(other, utf8('message'))
    expect(caught(() => decrypt(session, ciphertext)).code).toBe('mac_mismatch')
  })

  test.each([0, 1, 15, 17])('is refused with a ciphertext of %d bytes', (length) => {
    expect(caught(() => decrypt(session, forged(new Uint8Array(length)))).code).toBe('bad_padding')
  })

  test('is refused with wrong padding', () => {
    const unpadded = withMessageKeys(session.ratchet, ({ aes }) =>
      aesCbcEncrypt(aes, new Uint8Array(32)).slice(0, 32),
    )
    expect(caught(() => decrypt(session, forged(unpadded))).code).toBe('bad_padding')
  })
})

test('exporting at an index gives the session there, and nothing before it', () => {
  expect(parseSessionExport(exportAt(session, 300)).ratchet.expose()).toEqual(
    at(300).ratchet.expose(),
  )
  expect(caught(() => exportAt(at(300), 299)).code).toBe('index_before_session')
})

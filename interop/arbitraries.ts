/** Random values that several formats are tested with. */
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { type BackedUpSessionData, type JsonObject, MEGOLM_V1 } from '@roomkeys/types'
import fc from 'fast-check'
import { OLM_LAST_INDEX } from './peers/olm.ts'

/** Text of any characters that UTF-8 can hold, control characters and U+0000 among them. */
export const anyText = fc.string({ unit: 'binary', maxLength: 24 })

/** Base64 of that many random bytes. */
export const base64Of = (length: number): fc.Arbitrary<string> => bytesOf(length).map(encodeBase64)

/** That many random bytes. */
export const bytesOf = (length: number): fc.Arbitrary<Uint8Array<ArrayBuffer>> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Uint8Array.from(bytes))

/** A copy without some keys. */
export function without(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))
}

/** Keys that the specification does not know, `__proto__` among them, with any JSON. */
export const unknownKeys = fc.dictionary(
  fc.oneof(anyText, fc.constant('__proto__'), fc.constant('m.shared_history')),
  fc.jsonValue({ stringUnit: 'binary', maxDepth: 2 }),
  { maxKeys: 5, noNullPrototype: true },
)

/** A text that makes records of all sizes, a few of them large. */
const filler = fc.oneof(
  { weight: 9, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.nat(40_000).map((length) => ({ 'org.example.filler': 'ü'.repeat(length) })),
  },
)

/** A session record as far as encryption looks into it: the session key is random bytes. */
export const sessionRecord: fc.Arbitrary<BackedUpSessionData> = fc
  .record({
    unknown: unknownKeys,
    filler,
    chain: fc.array(base64Of(32), { maxLength: 4 }),
    senderKey: base64Of(32),
    claimedKeys: fc.dictionary(anyText, anyText, { maxKeys: 4, noNullPrototype: true }),
    sessionKey: base64Of(165),
  })
  .map(({ unknown, filler, chain, senderKey, claimedKeys, sessionKey }) => ({
    ...unknown,
    ...filler,
    algorithm: MEGOLM_V1,
    forwarding_curve25519_key_chain: chain,
    sender_key: senderKey,
    sender_claimed_keys: claimedKeys,
    session_key: sessionKey,
  }))

/** Message indices, those where the ratchet turns a higher part over among them. */
export const ratchetIndex: fc.Arbitrary<number> = fc.oneof(
  fc.nat(300),
  fc.constantFrom(0, 2 ** 8 - 1, 2 ** 8, 2 ** 16 - 1, 2 ** 16, 2 ** 24 - 1, 2 ** 24, 2 ** 31 - 1),
  fc.nat(OLM_LAST_INDEX),
)

/** Characters that are escaped, and those that UTF-16 sorts otherwise than code points are. */
const telling = fc.constantFrom(
  '"',
  '\\',
  '\n',
  '\u007f',
  '\u2028',
  'ﬁ',
  '\ue000',
  '\uffff',
  '𐀀',
  '🔑',
)

const text = fc.oneof(
  anyText,
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: telling, maxLength: 3 }),
)

const { value: canonicalValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    text,
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

/** Objects that canonical JSON can hold: any keys, nested, integers alone. */
export const canonicalObject: fc.Arbitrary<JsonObject> = fc
  .dictionary(text, canonicalValue, { maxKeys: 6, noNullPrototype: true })
  .map((object) => without(object, ['signatures', 'unsigned']))

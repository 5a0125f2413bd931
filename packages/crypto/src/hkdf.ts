/**
 * HKDF with SHA-256 (RFC 5869), in plain TypeScript; Node has a module of its own, chosen by the `node`
 * condition.
 */
import type { Bytes } from './bytes.ts'
import { assertDerivable, expand, type HkdfParameters, NOTHING } from './hkdf-blocks.ts'
import { destroyStates, type KeyStates, keyStates, writeMacUnder } from './hmac-states.ts'
import { DIGEST_LENGTH } from './sha256-blocks.ts'

export type { HkdfParameters } from './hkdf-blocks.ts'

/** No salt is as good as no key: the states are the same for all, and made once. */
const NO_SALT = /* @__PURE__ */ keyStates(NOTHING)

/** The pseudorandom key (section 2.2), taken in. */
function extract(salt: KeyStates, secret: Uint8Array): KeyStates {
  const key = new Uint8Array(DIGEST_LENGTH)
  writeMacUnder(salt, secret, { into: key, offset: 0 })
  const states = keyStates(key)
  key.fill(0)
  return states
}

/** Derives key material from a secret. */
export function hkdfSha256(secret: Uint8Array, parameters: HkdfParameters): Bytes {
  const { salt, info = NOTHING, length } = parameters
  assertDerivable(length)
  const key = extract(salt === undefined ? NO_SALT : keyStates(salt), secret)
  const derived = expand(
    (message, place) => {
      writeMacUnder(key, message, place)
    },
    info,
    length,
  )
  destroyStates(key)
  return derived
}

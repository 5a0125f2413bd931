/** Sessions whose truth the test knows: genuine copies from any index, and false ones. */
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { SecretBytes } from '@roomkeys/crypto/secret'
import {
  advanceTo,
  type MegolmSession,
  type Provenance,
  serialiseSessionExport,
} from '@roomkeys/megolm'
import { type BackedUpSessionData, MEGOLM_V1, roomId, sessionId } from '@roomkeys/types'
import { importKeys } from '../../src/merge/import-keys.ts'
import type { RoomKeyStore, SessionAddress } from '../../src/ports.ts'

/** Two rooms for all. */
const ROOMS = ['!a:example.org', '!b:example.org']

/** Which copy: from which index on, and whether it is the true ratchet. */
export interface CopyOf {
  readonly index: number
  readonly truth: 'genuine' | 'false'
}

function bytes(length: number, seed: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, position) =>
    position === 0 ? seed >> 8 : (seed * 31 + position * 7 + 1) % 256,
  )
}

const known = new Map<string, MegolmSession>()

/** A copy of the numbered session. */
export function megolmOf(number: number, { index, truth }: CopyOf): MegolmSession {
  const name = JSON.stringify([number, index, truth])
  const held = known.get(name)
  if (held !== undefined) return held
  const origin: MegolmSession = {
    index: 0,
    ratchet: new SecretBytes(bytes(128, truth === 'genuine' ? number : number + 101)),
    publicKey: bytes(32, number + 7),
  }
  const copy = advanceTo(origin, index)
  known.set(name, copy)
  return copy
}

/** The address of the numbered session. */
export function addressOf(number: number): SessionAddress {
  return {
    roomId: roomId(ROOMS[number % ROOMS.length] ?? ''),
    sessionId: sessionId(encodeBase64(bytes(32, number + 7))),
  }
}

/** The record of a copy. */
export function recordOf(number: number, copy: CopyOf): BackedUpSessionData {
  return {
    algorithm: MEGOLM_V1,
    forwarding_curve25519_key_chain: [],
    sender_key: 'c2VuZGVy',
    sender_claimed_keys: { ed25519: 'Y2xhaW1lZA' },
    session_key: serialiseSessionExport(megolmOf(number, copy)),
  }
}

/** Puts a copy into a store. */
export async function add(
  store: RoomKeyStore,
  number: number,
  { provenance, ...copy }: CopyOf & { readonly provenance: Provenance },
): Promise<void> {
  await importKeys(store, [{ ...addressOf(number), session: recordOf(number, copy), provenance }])
}

/** Numbers and ids that are the same on every run with the same seed. */

/** The next number of a sequence, from 0 inclusive to 1 exclusive. */
export type Random = () => number

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** FNV-1a. */
function hash(text: string): number {
  let state = FNV_OFFSET
  for (const byte of new TextEncoder().encode(text)) state = Math.imul(state ^ byte, FNV_PRIME)
  return state >>> 0
}

/** A sequence for a name: mulberry32 from the hash of the seed and the name. */
export function randomOf(seed: number, name: string): Random {
  let state = hash(`${seed}:${name}`)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const BASE64 = `${LETTERS}0123456789+/`

/** Characters of unpadded base64 for 32 bytes. */
const SESSION_ID_LENGTH = 43
const ROOM_NAME_LENGTH = 18

function pick(random: Random, alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('')
}

/** A room id as servers give them. */
export function randomRoomId(random: Random): string {
  return `!${pick(random, LETTERS, ROOM_NAME_LENGTH)}:conformance.example`
}

/** A session id as clients give them, `/` and `+` included. */
export function randomSessionId(random: Random): string {
  return pick(random, BASE64, SESSION_ID_LENGTH)
}

/** Letters and digits, for a name. */
export function randomName(random: Random, length: number): string {
  return pick(random, 'abcdefghijklmnopqrstuvwxyz0123456789', length)
}

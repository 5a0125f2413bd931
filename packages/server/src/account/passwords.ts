/** Passwords, kept as scrypt hashes together with the parameters that made them. */
import { scryptAsync } from '@noble/hashes/scrypt.js'
import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import { equalBytes } from '@roomkeys/crypto/bytes'

const COST = { N: 2 ** 15, r: 8, p: 1 } as const
const SALT_BYTES = 16
const HASH_BYTES = 32

interface StoredPassword {
  readonly cost: { readonly N: number; readonly r: number; readonly p: number }
  readonly salt: Uint8Array
  readonly hash: Uint8Array
}

function format({ cost, salt, hash }: StoredPassword): string {
  const numbers = [cost.N, cost.r, cost.p].map(String)
  return ['scrypt', ...numbers, encodeBase64(salt), encodeBase64(hash)].join('$')
}

function parse(text: string): StoredPassword {
  const [scheme, N, r, p, salt, hash] = text.split('$')
  if (scheme !== 'scrypt' || salt === undefined || hash === undefined)
    throw new TypeError('A stored password hash is not readable')
  return {
    cost: { N: Number(N), r: Number(r), p: Number(p) },
    salt: decodeBase64(salt),
    hash: decodeBase64(hash),
  }
}

/** What a sign-in of an unknown user is compared with: as slow as any, and equal to nothing. */
const NOBODY: StoredPassword = {
  cost: COST,
  salt: new Uint8Array(SALT_BYTES),
  hash: new Uint8Array(HASH_BYTES),
}

/** Hashes a password with a salt of its own. */
export async function hashPassword(
  password: string,
  randomBytes: (length: number) => Uint8Array,
): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const hash = await scryptAsync(password, salt, { ...COST, dkLen: HASH_BYTES })
  return format({ cost: COST, salt, hash })
}

/** Whether a password is right. `null` stands for a user who does not exist, and takes as long. */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const { cost, salt, hash } = stored === null ? NOBODY : parse(stored)
  const given = await scryptAsync(password, salt, { ...cost, dkLen: hash.length })
  return equalBytes(given, hash) && stored !== null
}

/** Passwords, kept as scrypt hashes together with the parameters that made them. */
import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import { equalBytes } from '@roomkeys/crypto/bytes'
import { scrypt, type ScryptParameters } from '@roomkeys/crypto/scrypt'

const COST = { cost: 2 ** 15, blockSize: 8, parallelization: 1 } as const
const SALT_BYTES = 16
const HASH_BYTES = 32

interface StoredPassword {
  readonly parameters: Omit<ScryptParameters, 'length'>
  readonly hash: Uint8Array
}

function format({ parameters, hash }: StoredPassword): string {
  const { cost, blockSize, parallelization, salt } = parameters
  const numbers = [cost, blockSize, parallelization].map(String)
  return ['scrypt', ...numbers, encodeBase64(salt), encodeBase64(hash)].join('$')
}

function parse(text: string): StoredPassword {
  const [scheme, N, r, p, salt, hash] = text.split('$')
  if (scheme !== 'scrypt' || salt === undefined || hash === undefined)
    throw new TypeError('A stored password hash is not readable')
  return {
    parameters: {
      ...{ cost: Number(N), blockSize: Number(r), parallelization: Number(p) },
      salt: decodeBase64(salt),
    },
    hash: decodeBase64(hash),
  }
}

/** What a sign-in of an unknown user is compared with: as slow as any, and equal to nothing. */
const NOBODY: StoredPassword = {
  parameters: { ...COST, salt: new Uint8Array(SALT_BYTES) },
  hash: new Uint8Array(HASH_BYTES),
}

/** Hashes a password with a salt of its own. */
export async function hashPassword(
  password: string,
  randomBytes: (length: number) => Uint8Array,
): Promise<string> {
  const parameters = { ...COST, salt: randomBytes(SALT_BYTES) }
  const hash = await scrypt(password, { ...parameters, length: HASH_BYTES })
  return format({ parameters, hash })
}

/** Whether a password is right. `null` stands for a user who does not exist, and takes as long. */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const { parameters, hash } = stored === null ? NOBODY : parse(stored)
  const given = await scrypt(password, { ...parameters, length: hash.length })
  return equalBytes(given, hash) && stored !== null
}

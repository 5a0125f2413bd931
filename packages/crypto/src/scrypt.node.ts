/** scrypt (RFC 7914) by OpenSSL, on a thread of its own: for Node, Bun and Deno. */
import { scrypt as derive } from 'node:crypto'
import { promisify } from 'node:util'
import type { Bytes } from './bytes.ts'
import type { ScryptParameters } from './scrypt.ts'

export type { ScryptParameters } from './scrypt.ts'

const deriveKey = promisify<string, Uint8Array, number, object, Buffer>(derive)

/** Derives a key from a password, used as its UTF-8 bytes. */
export async function scrypt(password: string, parameters: ScryptParameters): Promise<Bytes> {
  const { salt, cost, blockSize, parallelization, length } = parameters
  // OpenSSL refuses more than 32 MiB unless it is told; what it needs is a little more than the formula.
  const maxmem = 2 * 128 * blockSize * (cost + parallelization)
  const options = { cost, blockSize, parallelization, maxmem }
  return Uint8Array.from(await deriveKey(password, salt, length, options))
}

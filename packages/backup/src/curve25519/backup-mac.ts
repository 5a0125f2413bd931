/**
 * `backup_mac`: HMAC-SHA-256 over the canonical JSON of `session_data` without `signatures` and
 * `unsigned`, by a key that only the backup's owner derives.
 *
 * Whatever else stands in `session_data` is covered, known or not, in the words that came.
 *
 * @see https://github.com/matrix-org/matrix-spec-proposals/pull/4048
 */
import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import { type Bytes, CryptoError, equalBytes } from '@roomkeys/crypto/bytes'
import { hmacSha256 } from '@roomkeys/crypto/hmac'
import type { SecretBytes } from '@roomkeys/crypto/secret'
import { signableBytes } from '@roomkeys/crypto/signable-json'
import { isJsonObject, type JsonObject } from '@roomkeys/types'
import type { BackupMacFact } from '../algorithm.ts'
import { BackupError, EntryError } from '../errors.ts'

/** `unsigned` of an object, by its own member alone. */
function unsignedOf(sessionData: JsonObject): JsonObject {
  const unsigned = Object.hasOwn(sessionData, 'unsigned') ? sessionData['unsigned'] : undefined
  return isJsonObject(unsigned) ? unsigned : {}
}

/** With which key, and under which name, a MAC is written. */
export interface MacWriting {
  readonly macKey: SecretBytes
  readonly name: string
}

/** `session_data` with its MAC; whatever else is `unsigned` stays. */
export function withBackupMac(sessionData: JsonObject, { macKey, name }: MacWriting): JsonObject {
  const mac = hmacSha256(macKey.expose(), signableBytes(sessionData))
  return { ...sessionData, unsigned: { ...unsignedOf(sessionData), [name]: encodeBase64(mac) } }
}

/** Without a reading there is nothing that could match. */
function readOrNull(read: () => Bytes): Bytes | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof CryptoError) return null
    throw error
  }
}

function isMac(value: unknown, expected: Bytes): boolean {
  const mac = typeof value === 'string' ? readOrNull(() => decodeBase64(value)) : null
  return mac !== null && equalBytes(mac, expected)
}

/** With which key, and under which names, a MAC is looked for. */
export interface MacReading {
  readonly macKey: SecretBytes | null
  readonly names: readonly string[]
}

/**
 * What is known of the MAC. What canonical JSON cannot hold has no MAC, so that none matches; a MAC
 * that is cut short, or is no base64, matches nothing either.
 */
export function checkBackupMac(
  sessionData: JsonObject,
  { macKey, names }: MacReading,
): BackupMacFact {
  if (macKey === null) return 'unchecked'
  const unsigned = unsignedOf(sessionData)
  const present = names.filter((name) => Object.hasOwn(unsigned, name))
  if (present.length === 0) return 'missing'
  const message = readOrNull(() => signableBytes(sessionData))
  if (message === null) return 'mismatch'
  const expected = hmacSha256(macKey.expose(), message)
  return present.some((name) => isMac(unsigned[name], expected)) ? 'valid' : 'mismatch'
}

/**
 * Refuses an entry that is not authentic.
 *
 * @throws EntryError `backup_mac_missing` or `backup_mac_mismatch`
 * @throws BackupError `mac_key_missing` when nothing could be checked
 */
export function requireValid(fact: BackupMacFact): void {
  if (fact === 'valid') return
  if (fact === 'missing')
    throw new EntryError('backup_mac_missing', 'The entry has no backup_mac, which is required')
  if (fact === 'mismatch')
    throw new EntryError('backup_mac_mismatch', 'The backup_mac does not match')
  throw new BackupError('mac_key_missing', 'A backup_mac is required, and no MAC key is known')
}

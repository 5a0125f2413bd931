/** Writing a key export file. */
import { type Bytes, randomBytes, type RandomBytes, utf8 } from '@roomkeys/crypto/bytes'
import { MAX_PBKDF2_ROUNDS, type Pbkdf2Options } from '@roomkeys/crypto/pbkdf2'
import { exportedSessionDataSchema, type ExportedSessionData, parseWire } from '@roomkeys/types'
import { wrapArmor } from './armor.ts'
import { KeyExportError } from './errors.ts'
import { derivePayloadKeys, type PayloadHeader, sealPayload } from './payload.ts'

/** The fewest PBKDF2 rounds that are written. */
export const MIN_WRITTEN_ROUNDS = 500_000

/** How a key export file is written. */
export interface EncryptKeyExportOptions extends Pbkdf2Options {
  /** PBKDF2 rounds, at least and by default {@link MIN_WRITTEN_ROUNDS}. */
  readonly rounds?: number
  /** Source of the salt and the IV; the platform's by default. */
  readonly random?: RandomBytes
}

function assertArguments(passphrase: string, rounds: number): void {
  if (passphrase === '') throw new TypeError('passphrase must not be empty')
  if (!Number.isInteger(rounds) || rounds < MIN_WRITTEN_ROUNDS || rounds > MAX_PBKDF2_ROUNDS)
    throw new TypeError(`rounds must be from ${MIN_WRITTEN_ROUNDS} to ${MAX_PBKDF2_ROUNDS}`)
}

/** Bit 63 of the IV is zero, so that a 64-bit counter cannot overflow within a file. */
function randomIv(random: RandomBytes): Bytes {
  const iv = random(16)
  iv[8] = (iv[8] ?? 0) & 0x7f
  return iv
}

/** What is thrown for no sessions: an empty file would look like a backup. */
export function noSessions(): KeyExportError {
  return new KeyExportError('no_sessions', 'There are no sessions to export')
}

/**
 * Checks a session before it is written.
 *
 * @throws WireShapeError when it lacks a field
 */
export function checkedSession(value: unknown, position: number): ExportedSessionData {
  return parseWire(exportedSessionDataSchema, value, `session ${position}`)
}

function serialise(sessions: readonly ExportedSessionData[]): Bytes {
  if (sessions.length === 0) throw noSessions()
  return utf8(JSON.stringify(sessions.map(checkedSession)))
}

/** Salt, IV and rounds of a new file, with what watches the derivation of its keys. */
export interface NewHeader {
  readonly header: PayloadHeader
  readonly watch: Pbkdf2Options
}

/**
 * Draws the header of a new file.
 *
 * @throws TypeError for an empty passphrase or too few rounds
 */
export function newHeader(passphrase: string, options: EncryptKeyExportOptions): NewHeader {
  const { rounds = MIN_WRITTEN_ROUNDS, random = randomBytes, ...watch } = options
  assertArguments(passphrase, rounds)
  return { header: { salt: random(16), iv: randomIv(random), rounds }, watch }
}

/**
 * Writes a key export file that every client can import.
 *
 * @returns the text of the file
 * @throws KeyExportError `no_sessions`: an empty file would look like a backup
 * @throws WireShapeError when a session lacks a field
 * @throws TypeError for an empty passphrase or too few rounds
 */
export async function encryptKeyExport(
  sessions: readonly ExportedSessionData[],
  passphrase: string,
  options: EncryptKeyExportOptions = {},
): Promise<string> {
  const { header, watch } = newHeader(passphrase, options)
  const plaintext = serialise(sessions)
  const payload = sealPayload(plaintext, header, await derivePayloadKeys(passphrase, header, watch))
  plaintext.fill(0)
  return wrapArmor(payload)
}

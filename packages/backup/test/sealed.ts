/** Entries with any content, which the writing function would refuse. */
import { aesCbcEncrypt } from '@roomkeys/crypto/aes'
import { decodeBase64 } from '@roomkeys/crypto/base64'
import { type Bytes, utf8 } from '@roomkeys/crypto/bytes'
import { hmacSha256 } from '@roomkeys/crypto/hmac'
import { sharedSecret, x25519PublicKey } from '@roomkeys/crypto/x25519'
import {
  type BackedUpSessionData,
  isJsonObject,
  type JsonObject,
  roomId,
  sessionId,
} from '@roomkeys/types'
import type { EncryptedSession } from '../src/algorithm.ts'
import { deriveSessionKeys, type SessionKeys } from '../src/curve25519/session-keys.ts'
import type { BackupEntry } from '../src/entry.ts'
import { macOverNothing } from '../src/v1/mac.ts'
import { serialiseSessionData } from '../src/v1/session-data.ts'
import { account, at } from './vectors.ts'

/** An ephemeral private key; which one makes no difference. */
const EPHEMERAL = new Uint8Array(32).fill(0x42)

/** The keys that {@link sealed} encrypts with. */
export function sealingKeys(): SessionKeys {
  const secret = sharedSecret(EPHEMERAL, decodeBase64(account.key.publicKey))
  if (secret === null) throw new TypeError('The public key is of low order')
  return deriveSessionKeys(secret)
}

/** A session of the account, and the id that it has. */
export const session: BackedUpSessionData = at(account.expected, 0)
export const SESSION_ID: string = at(account.expected, 0).session_id

/** Encrypts bytes to the account's backup, with the MAC of deployed clients. */
export function sealed(plaintext: Uint8Array): EncryptedSession {
  const keys = sealingKeys()
  return {
    ephemeral: x25519PublicKey(EPHEMERAL),
    ciphertext: aesCbcEncrypt({ key: keys.aesKey, iv: keys.iv }, plaintext),
    mac: macOverNothing(keys.macKey),
    backupMac: 'missing',
  }
}

/** The MAC that was meant, over the ciphertext. */
export function intendedMac(encrypted: EncryptedSession): Bytes {
  return hmacSha256(sealingKeys().macKey, encrypted.ciphertext).slice(0, 8)
}

/** An entry with this `session_data` and metadata that fits {@link session}. */
export function entryOf(sessionData: unknown, metadata: JsonObject = {}): BackupEntry {
  const data = { first_message_index: 0, forwarded_count: 0, is_verified: false, ...metadata }
  return dataEntry({ ...data, session_data: sessionData })
}

/** An entry with any data. */
export function dataEntry(data: unknown): BackupEntry {
  return { roomId: roomId('!room:example.org'), sessionId: sessionId(SESSION_ID), data }
}

/** An entry that decrypts to these bytes. */
export function bytesEntry(plaintext: Uint8Array): BackupEntry {
  return entryOf(serialiseSessionData(sealed(plaintext)))
}

/** An entry that decrypts to the JSON of this value. */
export function jsonEntry(value: unknown, metadata: JsonObject = {}): BackupEntry {
  return entryOf(serialiseSessionData(sealed(utf8(JSON.stringify(value)))), metadata)
}

/** The `session_data` of an entry. */
export function sessionDataOf({ data }: BackupEntry): unknown {
  return isJsonObject(data) ? data['session_data'] : undefined
}

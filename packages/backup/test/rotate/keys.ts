/** Sessions whose truth the tests know, sealed once for each backup key; X25519 is computed once. */
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { SecretBytes } from '@roomkeys/crypto/secret'
import {
  type Agreement,
  type Agreements,
  nobleAgreements,
  sharedSecret,
  type SharedSecrets,
} from '@roomkeys/crypto/x25519'
import { advanceTo, type MegolmSession, serialiseSessionExport } from '@roomkeys/megolm'
import {
  type BackedUpSessionData,
  type KeyBackupData,
  MEGOLM_V1,
  roomId,
  sessionId,
} from '@roomkeys/types'
import type { BackupAlgorithm } from '../../src/algorithm.ts'
import { type DecryptionKey, decryptionKeyFromBytes } from '../../src/decryption-key.ts'
import { encryptionKeyOf } from '../../src/encryption-key.ts'
import type { SessionAddress, UploadEntry } from '../../src/ports.ts'
import { sealEntries } from '../../src/seal-entries.ts'
import type { Unauthenticated } from '../../src/unauthenticated.ts'

const made = new Map<number, DecryptionKey>()

/** The numbered decryption key. */
export function keyOf(number: number): DecryptionKey {
  const key = made.get(number) ?? decryptionKeyFromBytes(keyBytes(number))
  made.set(number, key)
  return key
}

export function keyBytes(number: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: 32 }, (_, place) => (number * 37 + place * 11 + 5) % 256)
}

/** One agreement for each recipient; only tests may use one twice. */
const agreements = new Map<string, Agreement>()

export const agree: Agreements = async (publicKey, count) => {
  const name = encodeBase64(publicKey)
  const made = agreements.get(name) ?? (await nobleAgreements()(publicKey, 1))[0]
  if (made === undefined) throw new TypeError('There is no agreement')
  agreements.set(name, made)
  return Array.from({ length: count }, () => made)
}

const secrets = new Map<string, ReturnType<typeof sharedSecret>>()

export const sharedSecrets: SharedSecrets = async (privateKey, publicKeys) => {
  await Promise.resolve()
  return publicKeys.map((publicKey) => {
    const name = encodeBase64(privateKey) + encodeBase64(publicKey)
    const secret = secrets.get(name) ?? sharedSecret(privateKey, publicKey)
    secrets.set(name, secret)
    return secret
  })
}

function bytes(length: number, seed: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, place) => ((seed + 1) * (place + 3) + (seed >> 8)) % 251)
}

/** A copy of a session. */
export interface CopyOf {
  /** Index of its first message. */
  readonly index?: number
  readonly truth?: 'genuine' | 'false'
}

function publicKeyOf(number: number): Uint8Array<ArrayBuffer> {
  const key = bytes(32, 7)
  new DataView(key.buffer).setUint32(0, number)
  return key
}

const sessions = new Map<string, MegolmSession>()

/** A copy of the numbered session. */
export function megolmOf(number: number, { index = 0, truth = 'genuine' }: CopyOf): MegolmSession {
  const name = JSON.stringify([number, index, truth])
  const ratchet = new SecretBytes(bytes(128, truth === 'genuine' ? number : number + 101))
  const made =
    sessions.get(name) ?? advanceTo({ index: 0, ratchet, publicKey: publicKeyOf(number) }, index)
  sessions.set(name, made)
  return made
}

/** Three rooms; their entries come mixed. */
export function addressOf(number: number, rooms = 3): SessionAddress {
  return {
    roomId: roomId(`!room${number % rooms}:example.org`),
    sessionId: sessionId(encodeBase64(publicKeyOf(number))),
  }
}

export function recordOf(number: number, copy: CopyOf): BackedUpSessionData {
  return {
    algorithm: MEGOLM_V1,
    forwarding_curve25519_key_chain: [],
    sender_key: `c2VuZGVy${number}`,
    sender_claimed_keys: { ed25519: 'Y2xhaW1lZA' },
    session_key: serialiseSessionExport(megolmOf(number, copy)),
    'm.shared_history': true,
  }
}

/** An entry of a backup. */
export interface EntryOf extends CopyOf {
  readonly number: number
  readonly algorithm: BackupAlgorithm
  /** Number of the backup's key. */
  readonly key: number
  readonly isVerified?: boolean
  readonly forwardedCount?: number
  /** `without`: as clients write that know no MAC. */
  readonly mac?: 'with' | 'without'
  readonly unauthenticated?: Unauthenticated
  readonly rooms?: number
}

const sealed = new Map<string, KeyBackupData>()

/** Seals an entry. */
export async function entryOf(entry: EntryOf): Promise<UploadEntry> {
  const { number, algorithm, key, isVerified = false, forwardedCount = 0, mac = 'with' } = entry
  const { unauthenticated, rooms } = entry
  const address = addressOf(number, rooms)
  const name = JSON.stringify({ ...entry, algorithm: algorithm.name })
  const marking = unauthenticated === undefined ? {} : { unauthenticated }
  const session = recordOf(number, entry)
  const input = { ...address, session, isVerified, forwardedCount, ...marking }
  const keys = encryptionKeyOf(keyOf(key))
  const written = mac === 'with' ? keys : { ...keys, macKey: null }
  if (!sealed.has(name))
    for await (const outcome of sealEntries([input], { algorithm, key: written, agree }))
      if (outcome.status === 'sealed') sealed.set(name, outcome.data)
  const data = sealed.get(name)
  if (data === undefined) throw new TypeError('The session cannot be sealed')
  return { ...address, data }
}

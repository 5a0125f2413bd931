/** A backup with everything around it, in memory; X25519 is computed once for each key. */
import type { Agreement, Agreements, SharedSecrets } from '@roomkeys/crypto/x25519'
import { nobleAgreements, sharedSecret } from '@roomkeys/crypto/x25519'
import { encodeBase64 } from '@roomkeys/crypto/base64'
import type { JsonObject, KeyBackupData } from '@roomkeys/types'
import { type DecryptionKey, decryptionKeyFromBytes } from '../../src/decryption-key.ts'
import { encryptionKeyOf } from '../../src/encryption-key.ts'
import { type BackupKey, type EnginePorts, publicKeyTextOf } from '../../src/engine.ts'
import { createMemoryJournal, createMemoryStore } from '../../src/memory.ts'
import { openEntries } from '../../src/open-entries.ts'
import type { Clock, RoomKeysApi, SessionAddress, UploadEntry } from '../../src/ports.ts'
import { sealEntries } from '../../src/seal-entries.ts'
import { megolmBackupV1 } from '../../src/v1.ts'
import { createMemoryVault } from '../../src/vault.ts'
import { createSimulatedClock } from '../simulation/clock.ts'
import { addressOf, type CopyOf, recordOf } from './sessions.ts'

/** Two decryption keys: ours, and that of another device. */
export const OURS: DecryptionKey = decryptionKeyFromBytes(new Uint8Array(32).fill(7))
export const THEIRS: DecryptionKey = decryptionKeyFromBytes(new Uint8Array(32).fill(9))

/** Our key in both modes. */
export const FULL: BackupKey = { mode: 'full', key: OURS }
export const UPLOAD_ONLY: BackupKey = { mode: 'upload_only', key: encryptionKeyOf(OURS) }

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
    const secret = secrets.has(name) ? secrets.get(name) : sharedSecret(privateKey, publicKey)
    secrets.set(name, secret ?? null)
    return secret ?? null
  })
}

/** `auth_data` for a key. */
export function authDataOf({ publicKey }: DecryptionKey): JsonObject {
  return { public_key: publicKey, signatures: {} }
}

/** What a device of the user uploads for a session. */
export interface Copy extends CopyOf {
  readonly isVerified: boolean
  readonly forwardedCount: number
}

const sealed = new Map<string, KeyBackupData>()

/** The entry of a copy, to the backup of our key. */
export async function entryOf(number: number, copy: Copy): Promise<UploadEntry> {
  const address = addressOf(number)
  const name = JSON.stringify([number, copy])
  const { isVerified, forwardedCount } = copy
  const input = { ...address, session: recordOf(number, copy), isVerified, forwardedCount }
  if (!sealed.has(name))
    for await (const outcome of sealEntries([input], {
      algorithm: megolmBackupV1,
      key: encryptionKeyOf(OURS),
      agree,
    }))
      if (outcome.status === 'sealed') sealed.set(name, outcome.data)
  const data = sealed.get(name)
  if (data === undefined) throw new TypeError('The session cannot be sealed')
  return { ...address, data }
}

/** Opens an entry; `null` when it cannot be. */
export async function open(address: SessionAddress, data: unknown): Promise<string | null> {
  const options = { algorithm: megolmBackupV1, key: OURS, sharedSecrets }
  for await (const outcome of openEntries([{ ...address, data }], options))
    return outcome.status === 'opened' ? outcome.session.session_key : null
  return null
}

/** What survives a crash. */
export type Durable = Pick<EnginePorts, 'store' | 'journal' | 'vault' | 'preference'>

/** A disk and an account without anything. */
export function createDurable(): Durable {
  let enabled: boolean | null = null
  return {
    store: createMemoryStore(),
    journal: createMemoryJournal(),
    vault: createMemoryVault(),
    preference: {
      read: () => Promise.resolve(enabled),
      write: (value) => {
        enabled = value
        return Promise.resolve()
      },
    },
  }
}

/** Ports of an engine that trusts whatever is of our key. */
export function portsOf(
  api: RoomKeysApi,
  durable: Durable = createDurable(),
  clock: Clock = createSimulatedClock(),
): EnginePorts {
  return {
    api,
    ...durable,
    clock,
    jitter: () => 0.5,
    algorithms: [megolmBackupV1],
    evaluateTrust: (info, { key }) =>
      Promise.resolve(
        info.auth_data['public_key'] === publicKeyTextOf(key)
          ? { isTrusted: true, by: 'key_match' }
          : { isTrusted: false, because: 'unsigned' },
      ),
    signAuthData: (authData) => Promise.resolve({ ...authData, signatures: { '@u:h': {} } }),
    agree,
    sharedSecrets,
  }
}

/** Encrypting one session, with an agreement by plain TypeScript. */
import { type Bytes, randomBytes } from '@roomkeys/crypto/bytes'
import { type Agreement, sharedSecret, x25519PublicKey } from '@roomkeys/crypto/x25519'
import type { BackedUpSessionData, JsonObject } from '@roomkeys/types'
import type { BackupAlgorithm } from '../src/algorithm.ts'
import { type EncryptionKey, encryptionKeyFor } from '../src/encryption-key.ts'
import { megolmBackupV1 } from '../src/v1.ts'
import { account } from './vectors.ts'

/** The agreement of an ephemeral private key with a public key. */
export function agreementOf(privateKey: Bytes, publicKey: Uint8Array): Agreement {
  return {
    ephemeral: x25519PublicKey(privateKey),
    sharedSecret: sharedSecret(privateKey, publicKey),
  }
}

/** What {@link encrypted} takes beside the session. */
export interface Encrypting {
  readonly algorithm?: BackupAlgorithm
  readonly key?: EncryptionKey
  /** The ephemeral private key. */
  readonly ephemeral?: Bytes
}

/** The account's public key, without its MAC key. */
export const accountKey: EncryptionKey = encryptionKeyFor(
  { public_key: account.key.publicKey },
  null,
)

/** `session_data` of a session; v1 for the account, unless something else is said. */
export function encrypted(session: BackedUpSessionData, options: Encrypting = {}): JsonObject {
  const { algorithm = megolmBackupV1, key = accountKey, ephemeral = randomBytes(32) } = options
  const { publicKey, macKey } = key
  return algorithm.encrypt(session, { ...agreementOf(ephemeral, publicKey), macKey })
}

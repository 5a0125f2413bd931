/** The stored decryption keys: opened where the storage key is given, and then told by their public keys. */
import type { SecretBytes } from '@roomkeys/crypto/secret'
import {
  BACKUP_KEY_SECRET,
  decodeBackupKey,
  decryptSecret,
  readSupersededBackupKeys,
  type SecretStorageKey,
  SecretStorageError,
  storedSecretSchema,
} from '@roomkeys/secret-storage'
import { isJsonObject, type JsonObject, parseWire, WireShapeError } from '@roomkeys/types'
import { type DecryptionKey, decryptionKeyFromBytes } from '../decryption-key.ts'
import type { Reading, SecretOpening, SupersededKeyFact } from './evidence.ts'
import type { AccountDataContext } from './gather-context.ts'
import type { FoundKey } from './gather-storage-keys.ts'
import { reading } from './reading.ts'

/** `m.megolm_backup.v1` as it came: its encryptions by storage key id. */
export type RawSecret = 'missing' | 'malformed' | { readonly encrypted: JsonObject }

function parseSecret(content: unknown): RawSecret {
  if (content === null || content === undefined) return 'missing'
  if (!isJsonObject(content)) return 'malformed'
  if (!Object.hasOwn(content, 'encrypted')) return 'missing'
  try {
    const { encrypted } = parseWire(storedSecretSchema, content, 'the stored secret')
    return Object.keys(encrypted).length === 0 ? 'missing' : { encrypted }
  } catch (error) {
    if (error instanceof WireShapeError) return 'malformed'
    throw error
  }
}

/** Reads the backup's secret, still encrypted. */
export function readRawSecret({
  accountData,
  call,
}: AccountDataContext): Promise<Reading<RawSecret>> {
  return reading(async () => parseSecret(await accountData.get(BACKUP_KEY_SECRET, call)), call)
}

/** What became of opening the secret, and the key in it. */
export interface OpenedSecret {
  readonly opening: SecretOpening
  /** Whoever gets it destroys it. */
  readonly key: DecryptionKey | null
  /** The storage key that did it, if it is described. */
  readonly by: FoundKey | null
}

function decode(secret: string): DecryptionKey | null {
  try {
    using bytes = decodeBackupKey(secret)
    return decryptionKeyFromBytes(bytes.expose())
  } catch (error) {
    if (error instanceof SecretStorageError) return null
    throw error
  }
}

function decryptionFailure(error: unknown): 'mac_mismatch' | 'malformed_secret' {
  if (!(error instanceof SecretStorageError)) throw error
  return error.code === 'mac_mismatch' ? 'mac_mismatch' : 'malformed_secret'
}

function openWith(encrypted: JsonObject, by: FoundKey, storageKey: SecretBytes): OpenedSecret {
  const { keyId } = by.facts
  try {
    const key = decode(decryptSecret(storageKey.expose(), BACKUP_KEY_SECRET, encrypted[keyId]))
    if (key === null) return { opening: { state: 'no_key', keyId }, key, by }
    const { publicKey } = key
    return { opening: { state: 'opened', keyId, publicKey }, key, by }
  } catch (error) {
    const because = decryptionFailure(error)
    return { opening: { state: 'not_decryptable', keyId, because }, key: null, by: null }
  }
}

/** Keys that the check knows come before those of which it can say nothing. */
function candidates(encrypted: JsonObject, keys: readonly FoundKey[]): readonly FoundKey[] {
  const stored = keys.filter(({ facts }) => Object.hasOwn(encrypted, facts.keyId))
  const having = (given: string): readonly FoundKey[] =>
    stored.filter(({ facts }) => facts.given === given)
  return [...having('match'), ...having('unknown')]
}

/** Nothing was opened. */
export const UNTRIED: OpenedSecret = { opening: { state: 'not_tried' }, key: null, by: null }

/** Opens the backup's secret with the given key, under whichever id it is stored. */
export function openSecret(
  encrypted: JsonObject,
  keys: readonly FoundKey[],
  storageKey: SecretBytes,
): OpenedSecret {
  let first: OpenedSecret | null = null
  for (const key of candidates(encrypted, keys)) {
    const found = openWith(encrypted, key, storageKey)
    if (found.opening.state !== 'not_decryptable') return found
    first ??= found
  }
  return first ?? UNTRIED
}

function unlocked({ facts, described }: FoundKey, key: SecretBytes): SecretStorageKey | null {
  const { given } = facts
  if (described === null || (given !== 'match' && given !== 'unknown')) return null
  return { ...described, key, check: given }
}

/** Reads the superseded keys, told by their public keys. */
export async function readSuperseded(
  { accountData, storageKey, call }: AccountDataContext,
  by: FoundKey | null,
): Promise<Reading<readonly SupersededKeyFact[]>> {
  const key = storageKey === null || by === null ? null : unlocked(by, storageKey)
  if (key === null) return { state: 'not_read' }
  return reading(async () => {
    const kept = await readSupersededBackupKeys(accountData, [key], call)
    return kept.map(({ version, backupKey }) => {
      using bytes = backupKey
      const { publicKey, privateKey } = decryptionKeyFromBytes(bytes.expose())
      privateKey.destroy()
      return { version, publicKey }
    })
  }, call)
}

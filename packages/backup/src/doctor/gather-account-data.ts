/** The account data around the backup. */
import type { JsonObject } from '@roomkeys/types'
import type { DecryptionKey } from '../decryption-key.ts'
import type { AccountDataEvidence, BackupSecretFact, Reading } from './evidence.ts'
import type { AccountDataContext } from './gather-context.ts'
import { readPreferences } from './gather-preference.ts'
import {
  type OpenedSecret,
  openSecret,
  type RawSecret,
  readRawSecret,
  readSuperseded,
  UNTRIED,
} from './gather-secrets.ts'
import { type FoundKey, readDefaultKey, readStorageKeys } from './gather-storage-keys.ts'
import { valueOf } from './known.ts'

/** The most storage keys that are looked at; accounts have one or two. */
export const MAX_STORAGE_KEYS = 16

/** The account data, and the decryption key that was in it. */
export interface GatheredAccountData {
  readonly evidence: AccountDataEvidence
  /** Whoever gets it destroys it. */
  readonly key: DecryptionKey | null
}

function encryptionsOf(secret: Reading<RawSecret>): JsonObject {
  const value = valueOf(secret)
  return typeof value === 'object' && value !== null ? value.encrypted : {}
}

/** The storage keys that are looked at: the default one first. */
function keyIdsOf(
  defaultKey: AccountDataEvidence['defaultKey'],
  secret: Reading<RawSecret>,
): readonly string[] {
  const found = valueOf(defaultKey)
  const named = found?.state === 'named' ? [found.keyId] : []
  const stored = Object.keys(encryptionsOf(secret))
  return [...new Set([...named, ...stored])].slice(0, MAX_STORAGE_KEYS)
}

function open(
  secret: Reading<RawSecret>,
  keys: readonly FoundKey[],
  { storageKey }: AccountDataContext,
): OpenedSecret {
  const encrypted = encryptionsOf(secret)
  return storageKey === null ? UNTRIED : openSecret(encrypted, keys, storageKey)
}

function secretFact(
  secret: Reading<RawSecret>,
  keys: readonly FoundKey[],
  { opening }: OpenedSecret,
): Reading<BackupSecretFact> {
  if (secret.state !== 'read') return secret
  if (typeof secret.value !== 'object') return { state: 'read', value: { state: secret.value } }
  const { encrypted } = secret.value
  const keyIds = keys.map(({ facts }) => facts.keyId).filter((id) => Object.hasOwn(encrypted, id))
  return { state: 'read', value: { state: 'stored', keyIds, opening } }
}

/** The key that the superseded ones are stored under: the one that opened, or one that is known. */
function usableKey({ by }: OpenedSecret, keys: readonly FoundKey[]): FoundKey | null {
  return by ?? keys.find(({ facts }) => facts.given === 'match') ?? null
}

/** Reads the account data. */
export async function gatherAccountData(context: AccountDataContext): Promise<GatheredAccountData> {
  const defaultKey = await readDefaultKey(context)
  const secret = await readRawSecret(context)
  const keys = await readStorageKeys(context, keyIdsOf(defaultKey, secret))
  const preferences = await readPreferences(context)
  const opened = open(secret, keys, context)
  try {
    const superseded = await readSuperseded(context, usableKey(opened, keys))
    const storageKeys = keys.map(({ facts }) => facts)
    const backupSecret = secretFact(secret, keys, opened)
    const evidence = { defaultKey, storageKeys, backupSecret, superseded, ...preferences }
    return { evidence, key: opened.key }
  } catch (error) {
    opened.key?.privateKey.destroy()
    throw error
  }
}

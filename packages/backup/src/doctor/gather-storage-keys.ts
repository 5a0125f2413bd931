/** The storage keys that the account names, and whether the given key is one of them. */
import type { SecretBytes } from '@roomkeys/crypto/secret'
import {
  AES_HMAC_SHA2,
  checkStorageKey,
  type DescribedKey,
  readDefaultKeyId,
  readKey,
  SecretStorageError,
} from '@roomkeys/secret-storage'
import type { DefaultKeyFact, KeyDescriptionFact, Reading, StorageKeyFacts } from './evidence.ts'
import type { AccountDataContext } from './gather-context.ts'
import { reading } from './reading.ts'

/** What is not of the shape that the specification gives is a fact, all else a failure. */
async function orMalformed<T>(read: () => Promise<T>): Promise<T | 'malformed'> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof SecretStorageError) return 'malformed'
    throw error
  }
}

/** Reads which key is the default one. */
export function readDefaultKey({
  accountData,
  call,
}: AccountDataContext): Promise<Reading<DefaultKeyFact>> {
  return reading(async (): Promise<DefaultKeyFact> => {
    const found = await orMalformed(async () => ({
      keyId: await readDefaultKeyId(accountData, call),
    }))
    if (found === 'malformed') return { state: 'malformed' }
    const { keyId } = found
    return keyId === null ? { state: 'missing' } : { state: 'named', keyId }
  }, call)
}

/** A storage key with its description, which may be lacking. */
export interface FoundKey {
  readonly facts: StorageKeyFacts
  readonly described: DescribedKey | null
}

function descriptionFact(found: DescribedKey | 'malformed' | null): KeyDescriptionFact {
  if (found === null) return 'missing'
  if (found === 'malformed') return 'malformed'
  return found.description.algorithm === AES_HMAC_SHA2 ? 'present' : 'unsupported'
}

function check(key: SecretBytes | null, described: DescribedKey | null): StorageKeyFacts['given'] {
  if (key === null) return 'not_given'
  return described === null ? 'unknown' : checkStorageKey(key.expose(), described.description)
}

async function readStorageKey(
  { accountData, storageKey, call }: AccountDataContext,
  keyId: string,
): Promise<FoundKey> {
  const found = await reading(() => orMalformed(() => readKey(accountData, keyId, call)), call)
  const value = found.state === 'read' ? found.value : null
  const described = value === 'malformed' ? null : value
  const description =
    found.state === 'read'
      ? ({ state: 'read', value: descriptionFact(found.value) } as const)
      : found
  return { facts: { keyId, description, given: check(storageKey, described) }, described }
}

/** Reads the descriptions of some keys. */
export async function readStorageKeys(
  context: AccountDataContext,
  keyIds: readonly string[],
): Promise<readonly FoundKey[]> {
  const found: FoundKey[] = []
  for (const keyId of keyIds) found.push(await readStorageKey(context, keyId))
  return found
}

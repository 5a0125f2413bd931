/** `roomkeys secret list`: what is in secret storage, without opening any of it. */
import {
  BACKUP_KEY_SECRET,
  readDefaultKeyId,
  SUPERSEDED_BACKUP_KEYS_SECRET,
} from '@roomkeys/secret-storage'
import { isJsonObject } from '@roomkeys/types'
import { type Account, signedIn } from '../account/account.ts'
import type { Run } from '../context.ts'
import { EXIT } from '../exit-codes.ts'

/** Servers list no account data to those who do not sync: these are the names that clients use. */
const KNOWN_NAMES: readonly string[] = [
  BACKUP_KEY_SECRET,
  SUPERSEDED_BACKUP_KEYS_SECRET,
  'm.cross_signing.master',
  'm.cross_signing.self_signing',
  'm.cross_signing.user_signing',
  'org.matrix.msc3814',
]

/** A secret that is stored. */
interface ListedSecret {
  readonly name: string
  /** Ids of the keys that open it. */
  readonly key_ids: readonly string[]
}

/** `null` when nothing is stored under the name. */
async function look(
  { accountData }: Account,
  name: string,
  signal: AbortSignal,
): Promise<ListedSecret | null> {
  const content: unknown = await accountData.get(name, { signal })
  const encrypted = isJsonObject(content) ? content['encrypted'] : null
  return isJsonObject(encrypted) ? { name, key_ids: Object.keys(encrypted) } : null
}

function textOf(defaultKeyId: string | null, secrets: readonly ListedSecret[]): string {
  const keyText = (id: string): string => (id === defaultKeyId ? `${id} (default)` : id)
  return [
    `Default key: ${defaultKeyId ?? 'none'}`,
    ...secrets.map(({ name, key_ids }) => `${name}  opened by ${key_ids.map(keyText).join(', ')}`),
    ...(secrets.length === 0 ? ['No known secret is stored.'] : []),
  ].join('\n')
}

/** Lists secrets. */
export const run: Run = async (context) => {
  const { signal, options, output } = context
  const account = await signedIn(context)
  const default_key_id = await readDefaultKeyId(account.accountData, { signal })
  const secrets: ListedSecret[] = []
  for (const name of new Set([...KNOWN_NAMES, ...options.list('name')])) {
    const secret = await look(account, name, signal)
    if (secret !== null) secrets.push(secret)
  }
  await output.result({ default_key_id, secrets }, () => textOf(default_key_id, secrets))
  return EXIT.ok
}

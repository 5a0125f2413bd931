/** `roomkeys secret store NAME`: a secret, encrypted for the default key. */
import {
  BACKUP_KEY_SECRET,
  decodeBackupKey,
  readSecret as readStored,
  replaceBackupKey,
  type SecretStorageKey,
  storeSecret,
} from '@roomkeys/secret-storage'
import type { BackupVersionInfo } from '@roomkeys/types'
import { type Account, signedIn } from '../account/account.ts'
import { readGiven, unlockStorage } from '../account/given-key.ts'
import { secretName } from '../account/secret-name.ts'
import { secretValue, valueWarning } from '../account/secret-value.ts'
import type { CommandContext, Run } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { confirm } from '../io/confirm.ts'
import { readSecret, type SecretSource } from '../io/secrets.ts'

const VALUE: SecretSource = { name: 'secret', option: 'from', env: null }

/** All that storing needs. */
interface Task {
  readonly account: Account
  readonly key: SecretStorageKey
  readonly name: string
  readonly value: string
  readonly current: BackupVersionInfo | null
}

/** A backup key that is replaced is kept with its version: nobody else may have it. */
async function store(
  { account: { accountData }, key, name, value, current }: Task,
  signal: AbortSignal,
): Promise<void> {
  const keys = [key]
  if (name !== BACKUP_KEY_SECRET || current === null) {
    await storeSecret(accountData, { name, secret: value, keys }, { signal })
    return
  }
  const backupKey = decodeBackupKey(value).expose()
  const supersededVersion = current.version
  await replaceBackupKey(accountData, { supersededVersion, backupKey, keys }, { signal })
}

async function planOf({ account, key, name, value, current }: Task, signal: AbortSignal) {
  const older = await readStored(account.accountData, { name, key }, { signal })
  const warning = valueWarning(name, value, current)
  const kept = name === BACKUP_KEY_SECRET && current !== null ? ' The older key is kept.' : ''
  const lines = [
    ...(older !== null && older !== value ? [`The stored ${name} will be replaced.${kept}`] : []),
    ...(warning === null ? [] : [warning]),
  ]
  return { lines, isSame: older === value }
}

async function mayStore(context: CommandContext, lines: readonly string[]): Promise<boolean> {
  if (lines.length === 0 && !context.options.flag('dryRun')) return true
  return confirm(context, { lines, question: 'Store it?' })
}

/** Stores a secret. */
export const run: Run = async (context) => {
  const { signal, output } = context
  const name = secretName(context.args[0])
  const account = await signedIn(context)
  const key = await unlockStorage(account, await readGiven(context), signal)
  const value = secretValue(name, await readSecret(context, VALUE))
  const current = await account.api.currentVersion({ signal })
  const task = { account, key, name, value, current }
  const { lines, isSame } = await planOf(task, signal)
  const goesOn = !isSame && (await mayStore(context, lines))
  if (goesOn) await store(task, signal)
  await output.result({ name, key_id: key.keyId, stored: goesOn, was_there: isSame }, () => {
    if (isSame) return `${name} is stored already.`
    return goesOn ? `${name} is stored.` : `${name} would be stored.`
  })
  return EXIT.ok
}

/** `roomkeys status`: the backup on one screen. */
import { isJsonObject } from '@roomkeys/types'
import { accountDataPreference } from '@roomkeys/backup/preference'
import { BACKUP_KEY_SECRET, readDefaultKeyId } from '@roomkeys/secret-storage'
import { type Account, signedIn } from '../account/account.ts'
import { ALGORITHMS } from '../account/algorithms.ts'
import { findGiven } from '../account/given-key.ts'
import { identify, identityText, type KeyIdentity } from '../account/identify.ts'
import { readTrust, type TrustQuestion } from '../account/trust.ts'
import { trustLines, type TrustStatus, trustStatus } from '../account/trust-text.ts'
import type { CommandContext, Run } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { explain } from '../explain.ts'
import type { Style } from '../io/style.ts'

/** What `--json` has. */
interface Status {
  readonly user_id: string
  readonly homeserver: string
  readonly backup: {
    readonly version: string
    readonly algorithm: string
    readonly supported: boolean
    readonly count: number
    readonly etag: string
    readonly public_key: string | null
    readonly trust: TrustStatus | null
  } | null
  /** What the given key is; `null` when none is given. */
  readonly key: KeyIdentity | null
  /** Whether the account wants a backup; `null` when it does not say. */
  readonly preference: boolean | null
  readonly secret_storage: {
    readonly default_key_id: string | null
    readonly backup_key_stored: boolean
  }
  /** Parts that could not be read, with the code of the failure. */
  readonly unread: Readonly<Record<string, string>>
}

/** Reads a part; a failure of it costs no other part, unless nobody is signed in. */
type ReadPart = <T>(name: string, read: () => Promise<T>) => Promise<T | null>

function partReader(unread: Map<string, string>, signal: AbortSignal): ReadPart {
  return async (name, read) => {
    try {
      return await read()
    } catch (error) {
      signal.throwIfAborted()
      const { code, exitCode } = explain(error)
      if (exitCode === EXIT.signIn) throw error
      unread.set(name, code)
      return null
    }
  }
}

async function backupOf(
  account: Account,
  question: TrustQuestion,
  part: ReadPart,
): Promise<NonNullable<Status['backup']>> {
  const { version } = question
  const { auth_data, algorithm, count, etag } = version
  const publicKey = auth_data['public_key']
  return {
    version: version.version,
    algorithm,
    supported: ALGORITHMS.some(({ name }) => name === algorithm),
    count,
    etag,
    public_key: typeof publicKey === 'string' ? publicKey : null,
    trust: await part('trust', async () => trustStatus(await readTrust(account, question))),
  }
}

async function gather(context: CommandContext): Promise<Status> {
  const account = await signedIn(context)
  const { signal } = context
  const { accountData, api, homeserver, userId } = account
  const unread = new Map<string, string>()
  const part = partReader(unread, signal)
  const current = await part('backup', () => api.currentVersion({ signal }))
  const given = await findGiven(context)
  const key = given?.kind === 'key' ? await identify(account, given.key, signal) : null
  const stored = await part('backup_key', () => accountData.get(BACKUP_KEY_SECRET, { signal }))
  return {
    user_id: userId,
    homeserver: homeserver.baseUrl,
    backup:
      current === null ? null : await backupOf(account, { version: current, given, signal }, part),
    key,
    preference: await part('preference', () => accountDataPreference(accountData).read({ signal })),
    secret_storage: {
      default_key_id: await part('default_key', () => readDefaultKeyId(accountData, { signal })),
      backup_key_stored: isJsonObject(stored) && Object.hasOwn(stored, 'encrypted'),
    },
    unread: Object.fromEntries(unread),
  }
}

function preferenceText(preference: boolean | null): string {
  if (preference === null) return 'not set'
  return preference ? 'on' : 'off'
}

function backupLines({ backup, unread }: Status): readonly (readonly [string, string])[] {
  if (backup === null) return [['Backup', 'backup' in unread ? 'not read' : 'none']]
  const { version, algorithm, supported, count, public_key, trust } = backup
  return [
    ['Backup', `version ${version}, ${count} keys`],
    ['Algorithm', supported ? algorithm : `${algorithm} (not known here)`],
    ['Public key', public_key ?? 'missing'],
    ...trustLines(trust).map((line, place) => [place === 0 ? 'Trust' : '', line] as const),
  ]
}

function textOf(status: Status, style: Style): string {
  const { default_key_id, backup_key_stored } = status.secret_storage
  const holds = backup_key_stored ? 'holds a backup key' : 'holds no backup key'
  const unread = Object.entries(status.unread).map(([part, code]) => `${part} (${code})`)
  const lines: readonly (readonly [string, string])[] = [
    ['Account', `${status.user_id} at ${status.homeserver}`],
    ...backupLines(status),
    ['Your key', status.key === null ? 'none given' : identityText(status.key)],
    ['Preference', preferenceText(status.preference)],
    ['Secret storage', default_key_id === null ? 'none' : `key ${default_key_id}, ${holds}`],
    ...(unread.length === 0 ? [] : [['Not read', unread.join(', ')] as const]),
  ]
  return lines.map(([name, text]) => `${style('bold', name.padEnd(15))} ${text}`).join('\n')
}

/** Shows the state. Ends with 4 when the given key is of no use, and with 5 when parts are not read. */
export const run: Run = async (context) => {
  const status = await gather(context)
  await context.output.result(status, (value) => textOf(value, context.output.style))
  if (status.key?.kind === 'neither') return EXIT.wrongKey
  return Object.keys(status.unread).length === 0 ? EXIT.ok : EXIT.partial
}

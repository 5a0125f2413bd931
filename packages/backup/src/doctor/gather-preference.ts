/**
 * Whether the user wants a backup, as account data says it.
 *
 * @see https://github.com/matrix-org/matrix-spec-proposals/pull/4287
 */
import { isJsonObject } from '@roomkeys/types'
import { KEY_BACKUP_TYPE, UNSTABLE_KEY_BACKUP_TYPE } from './account-data-types.ts'
import type { PreferenceFact, Reading } from './evidence.ts'
import type { AccountDataContext } from './gather-context.ts'
import { reading } from './reading.ts'

/** Where a setting is, and what it says when it is true. */
interface Setting {
  readonly type: string
  readonly name: string
  readonly whenTrue: boolean
}

const STABLE: Setting = { type: KEY_BACKUP_TYPE, name: 'enabled', whenTrue: true }
const UNSTABLE: Setting = { type: UNSTABLE_KEY_BACKUP_TYPE, name: 'disabled', whenTrue: false }

/** `{}` is how account data is cleared. */
function isAbsent(content: unknown): boolean {
  if (content === null || content === undefined) return true
  return isJsonObject(content) && Object.keys(content).length === 0
}

function factOf(content: unknown, { name, whenTrue }: Setting): PreferenceFact {
  if (isAbsent(content)) return { state: 'missing' }
  const value = isJsonObject(content) && Object.hasOwn(content, name) ? content[name] : null
  if (typeof value !== 'boolean') return { state: 'malformed' }
  return { state: 'set', enabled: value === whenTrue }
}

function readSetting(
  { accountData, call }: AccountDataContext,
  setting: Setting,
): Promise<Reading<PreferenceFact>> {
  return reading(async () => factOf(await accountData.get(setting.type, call), setting), call)
}

/** Both settings. */
export interface Preferences {
  readonly preference: Reading<PreferenceFact>
  readonly unstablePreference: Reading<PreferenceFact>
}

/** Reads both settings. */
export async function readPreferences(context: AccountDataContext): Promise<Preferences> {
  return {
    preference: await readSetting(context, STABLE),
    unstablePreference: await readSetting(context, UNSTABLE),
  }
}

/** What a content of account data says of the preference. */
import { isJsonObject } from '@roomkeys/types'
import { KEY_BACKUP_TYPE, UNSTABLE_KEY_BACKUP_TYPE } from './account-data-types.ts'

/** What is found of a preference. */
export type PreferenceFact =
  | { readonly state: 'missing' }
  | { readonly state: 'malformed' }
  | { readonly state: 'set'; readonly enabled: boolean }

/** Where a setting is, and what it says when its member is true. */
export interface Setting {
  readonly type: string
  readonly name: string
  readonly whenTrue: boolean
}

/** The setting of the specification. */
export const STABLE: Setting = { type: KEY_BACKUP_TYPE, name: 'enabled', whenTrue: true }
/** The setting of clients before it, the other way round. */
export const UNSTABLE: Setting = {
  type: UNSTABLE_KEY_BACKUP_TYPE,
  name: 'disabled',
  whenTrue: false,
}

/** `{}` is how account data is cleared. */
function isAbsent(content: unknown): boolean {
  if (content === null || content === undefined) return true
  return isJsonObject(content) && Object.keys(content).length === 0
}

/** What a content says. */
export function factOf(content: unknown, { name, whenTrue }: Setting): PreferenceFact {
  if (isAbsent(content)) return { state: 'missing' }
  const value = isJsonObject(content) && Object.hasOwn(content, name) ? content[name] : null
  if (typeof value !== 'boolean') return { state: 'malformed' }
  return { state: 'set', enabled: value === whenTrue }
}

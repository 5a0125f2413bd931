/**
 * Whether the maker of a session agreed that newcomers may get it.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#shareable-encryption-sessions
 */
import type { JsonObject } from '@roomkeys/types'

/** The specified name of the flag in backups and export files, and two that clients write. */
const FLAGS = ['shared_history', 'm.shared_history', 'org.matrix.msc3061.shared_history'] as const

/**
 * Whether a session of a backup or an export file may be shared. It may not when the flag is missing,
 * is no boolean, or when two names of it disagree.
 */
export function isShareable(session: JsonObject): boolean {
  const flags = FLAGS.filter((name) => Object.hasOwn(session, name))
  return flags.length > 0 && flags.every((name) => session[name] === true)
}

/** The flags of a session that came in a bundle, under the names that readers look for. */
export const SHAREABLE: Readonly<Record<'shared_history' | 'm.shared_history', true>> = {
  shared_history: true,
  'm.shared_history': true,
}

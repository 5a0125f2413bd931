/**
 * The mark of a rotation in the `auth_data` of the new version: which versions it comes from.
 *
 * While the version is being filled the mark is a member of its own, which the signatures cover: a
 * device that knows nothing of this rotation sees that the version is not the whole. Then it moves to
 * `unsigned`, which they do not cover: clients that keep only the members they know verify the version
 * again, and the way to old versions that are still there is not forgotten.
 *
 * A server can forge or drop what nobody verifies. Forged names make a rotation read more versions, and
 * open what the vault has keys for; a dropped mark hides versions, which then nobody deletes either.
 */
import {
  type BackupVersion,
  backupVersion,
  type BackupVersionInfo,
  isJsonObject,
  type JsonObject,
} from '@roomkeys/types'

/** The name of the mark. */
export const ROTATION_MARKER = 'io.github.roomkeys.rotation'

/** Versions that a mark may name; the others are not read, and never deleted. */
export const MAX_SOURCES = 32

/** What a mark says. */
export interface Marker {
  readonly state: 'filling' | 'whole'
  /** The rotation that made the version. */
  readonly id: string | null
  readonly from: readonly BackupVersion[]
}

const NO_MARKER: Marker = { state: 'whole', id: null, from: [] }

function own(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

function unsignedOf(authData: JsonObject): JsonObject {
  const unsigned = own(authData, 'unsigned')
  return isJsonObject(unsigned) ? unsigned : {}
}

function parse(value: unknown, state: Marker['state']): Marker | null {
  if (!isJsonObject(value)) return null
  const [id, from] = [own(value, 'id'), own(value, 'from')]
  const names: readonly unknown[] = Array.isArray(from) ? from.slice(0, MAX_SOURCES) : []
  return {
    state,
    id: typeof id === 'string' ? id : null,
    from: names.filter((name) => typeof name === 'string').map((name) => backupVersion(name)),
  }
}

/** Reads the mark of a version; one that is not there, or is no mark, names nothing. */
export function markerOf({ auth_data }: BackupVersionInfo): Marker {
  return (
    parse(own(auth_data, ROTATION_MARKER), 'filling') ??
    parse(own(unsignedOf(auth_data), ROTATION_MARKER), 'whole') ??
    NO_MARKER
  )
}

function without(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))
}

/** `auth_data` without marks and signatures, which would be of other `auth_data`. */
export function unmarked(authData: JsonObject): JsonObject {
  return without(authData, [ROTATION_MARKER, 'signatures', 'unsigned'])
}

/** `auth_data`, to be signed, of a version that is being filled. */
export function asFilling(
  authData: JsonObject,
  { id, from }: Pick<Marker, 'id' | 'from'>,
): JsonObject {
  return { ...unmarked(authData), [ROTATION_MARKER]: { id, from } }
}

/** `auth_data`, signed, of a version that is whole; without `from` there is no mark any more. */
export function asWhole(authData: JsonObject, from: readonly BackupVersion[]): JsonObject {
  const others = without(unsignedOf(authData), [ROTATION_MARKER])
  const unsigned = from.length === 0 ? others : { ...others, [ROTATION_MARKER]: { from } }
  const rest = without(authData, ['unsigned', ROTATION_MARKER])
  return Object.keys(unsigned).length === 0 ? rest : { ...rest, unsigned }
}

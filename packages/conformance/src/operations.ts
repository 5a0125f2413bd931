/**
 * The fourteen operations of `/room_keys`.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#server-side-key-backups
 */
import { type Source, spec } from './source.ts'

/** V1 to V5 are about versions, K1 to K9 about keys. */
export type OperationId =
  'V1' | 'V2' | 'V3' | 'V4' | 'V5' | 'K1' | 'K2' | 'K3' | 'K4' | 'K5' | 'K6' | 'K7' | 'K8' | 'K9'

/** One operation. */
export interface Operation {
  readonly id: OperationId
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Its path below `/_matrix/client/v3`, with the names of its parameters in braces. */
  readonly path: string
}

const VERSION = '/room_keys/version'
const ONE_VERSION = '/room_keys/version/{version}'
const ALL = '/room_keys/keys'
const ROOM = '/room_keys/keys/{roomId}'
const SESSION = '/room_keys/keys/{roomId}/{sessionId}'

/** Every operation, in the order of the ids. */
export const OPERATIONS: readonly Operation[] = Object.freeze([
  { id: 'V1', method: 'POST', path: VERSION },
  { id: 'V2', method: 'GET', path: VERSION },
  { id: 'V3', method: 'GET', path: ONE_VERSION },
  { id: 'V4', method: 'PUT', path: ONE_VERSION },
  { id: 'V5', method: 'DELETE', path: ONE_VERSION },
  { id: 'K1', method: 'PUT', path: SESSION },
  { id: 'K2', method: 'PUT', path: ROOM },
  { id: 'K3', method: 'PUT', path: ALL },
  { id: 'K4', method: 'GET', path: SESSION },
  { id: 'K5', method: 'GET', path: ROOM },
  { id: 'K6', method: 'GET', path: ALL },
  { id: 'K7', method: 'DELETE', path: SESSION },
  { id: 'K8', method: 'DELETE', path: ROOM },
  { id: 'K9', method: 'DELETE', path: ALL },
])

/** The ids of every operation. */
export const EVERY_OPERATION: readonly OperationId[] = OPERATIONS.map(({ id }) => id)

/** The operations on keys, which all take `version` in the query. */
export const KEY_OPERATIONS: readonly Operation[] = OPERATIONS.filter(({ id }) =>
  id.startsWith('K'),
)

/** The section of the specification on an operation. */
export function specOf(id: OperationId): Source {
  const { method, path } = OPERATIONS.find((operation) => operation.id === id) ?? {
    method: '',
    path: '',
  }
  return spec(
    `${method.toLowerCase()}_matrixclientv3${path.replaceAll(/[/{}]/g, '').toLowerCase()}`,
  )
}

/** The path of an operation with its parameters filled in; every value is escaped as a segment. */
export function pathOf(
  { path }: Operation,
  values: Readonly<Record<'version' | 'roomId' | 'sessionId', string>>,
): string {
  return path
    .replace('{version}', encodeURIComponent(values.version))
    .replace('{roomId}', encodeURIComponent(values.roomId))
    .replace('{sessionId}', encodeURIComponent(values.sessionId))
}

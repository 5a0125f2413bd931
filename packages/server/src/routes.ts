/** Every endpoint of the server. */
import { ACCOUNT_ROUTES } from './account-routes.ts'
import { jsonAnswer } from './http/answers.ts'
import { signedIn } from './http/authorization.ts'
import type { Handler } from './http/context.ts'
import type { Route } from './http/routing.ts'
import { deleteAllKeys, deleteRoomKeys, deleteSessionKey } from './room-keys/delete.ts'
import { getAllKeys, getRoomKeys, getSessionKey } from './room-keys/read.ts'
import { putAllKeys, putRoomKeys, putSessionKey } from './room-keys/upload.ts'
import {
  deleteVersion,
  getCurrentVersion,
  getVersion,
  postVersion,
  putVersion,
} from './room-keys/versions.ts'

const CLIENT_API = '/_matrix/client'

/** Clients that find no v1 version advertised ask under the older names. */
const API_VERSIONS = ['v3', 'r0', 'unstable'] as const

const SPEC_VERSIONS = Array.from({ length: 13 }, (_, i) => `v1.${i + 1}`)

/** Answers `GET /_matrix/client/versions`. */
const getVersions: Handler = () =>
  Promise.resolve(jsonAnswer({ versions: SPEC_VERSIONS, unstable_features: {} }))

const ALL_KEYS = '/room_keys/keys'
const ROOM_KEYS = '/room_keys/keys/:roomId'
const SESSION_KEY = '/room_keys/keys/:roomId/:sessionId'

const versionedRoutes: readonly Route[] = [
  ...ACCOUNT_ROUTES,
  { method: 'POST', path: '/room_keys/version', handle: signedIn(postVersion) },
  { method: 'GET', path: '/room_keys/version', handle: signedIn(getCurrentVersion) },
  { method: 'GET', path: '/room_keys/version/:version', handle: signedIn(getVersion) },
  { method: 'PUT', path: '/room_keys/version/:version', handle: signedIn(putVersion) },
  { method: 'DELETE', path: '/room_keys/version/:version', handle: signedIn(deleteVersion) },
  { method: 'PUT', path: SESSION_KEY, handle: signedIn(putSessionKey) },
  { method: 'PUT', path: ROOM_KEYS, handle: signedIn(putRoomKeys) },
  { method: 'PUT', path: ALL_KEYS, handle: signedIn(putAllKeys) },
  { method: 'GET', path: SESSION_KEY, handle: signedIn(getSessionKey) },
  { method: 'GET', path: ROOM_KEYS, handle: signedIn(getRoomKeys) },
  { method: 'GET', path: ALL_KEYS, handle: signedIn(getAllKeys) },
  { method: 'DELETE', path: SESSION_KEY, handle: signedIn(deleteSessionKey) },
  { method: 'DELETE', path: ROOM_KEYS, handle: signedIn(deleteRoomKeys) },
  { method: 'DELETE', path: ALL_KEYS, handle: signedIn(deleteAllKeys) },
]

/** The table that requests are matched against. */
export const ROUTES: readonly Route[] = [
  { method: 'GET', path: `${CLIENT_API}/versions`, handle: getVersions },
  ...API_VERSIONS.flatMap((name) =>
    versionedRoutes.map((route) => ({ ...route, path: `${CLIENT_API}/${name}${route.path}` })),
  ),
]

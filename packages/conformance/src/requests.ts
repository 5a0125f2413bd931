/** What cases ask again and again, with the checks that always hold. */
import type { JsonObject } from '@roomkeys/types'
import type { Client } from './client.ts'
import {
  expectEqual,
  expectInteger,
  expectMember,
  expectOk,
  expectString,
  expectThat,
} from './checks.ts'
import type { CaseContext } from './case.ts'
import { ALGORITHM, authDataOf, roomsOf, sessionsOf } from './fixtures.ts'

/** The path of all versions, or of one. */
export function versionPath(version?: string): string {
  const path = '/room_keys/version'
  return version === undefined ? path : `${path}/${encodeURIComponent(version)}`
}

/** The path of all keys of a version, of a room's, or of one session's. */
export function keysPath(version: string, ...ids: readonly string[]): string {
  const path = ['/room_keys/keys', ...ids.map(encodeURIComponent)].join('/')
  return `${path}?version=${encodeURIComponent(version)}`
}

/** Creates a version and returns its id. */
export async function newVersion(user: Client, authData: unknown = authDataOf()): Promise<string> {
  const body = { algorithm: ALGORITHM, auth_data: authData }
  return expectString(expectOk(await user.post(versionPath(), body)), 'version')
}

/** A version as the server describes it. */
export interface VersionInfo {
  readonly algorithm: string
  readonly auth_data: unknown
  readonly count: number
  readonly etag: string
  readonly version: string
}

/** A version, or the current one; its members are of the types that the specification gives. */
export async function infoOf(user: Client, version?: string): Promise<VersionInfo> {
  const body = expectOk(await user.get(versionPath(version)))
  expectThat(Object.hasOwn(body, 'auth_data'), 'expected auth_data in the answer')
  return {
    algorithm: expectString(body, 'algorithm'),
    auth_data: body['auth_data'],
    count: expectInteger(body, 'count'),
    etag: expectString(body, 'etag'),
    version: expectString(body, 'version'),
  }
}

/** What an upload or a deletion answers. */
export interface BackupState {
  readonly count: number
  readonly etag: string
}

function stateOf(body: JsonObject): BackupState {
  return { count: expectInteger(body, 'count'), etag: expectString(body, 'etag') }
}

/** Uploads, which must succeed. */
export async function upload(user: Client, path: string, body: unknown): Promise<BackupState> {
  return stateOf(expectOk(await user.put(path, body)))
}

/** Deletes keys, which must succeed. */
export async function remove(user: Client, path: string): Promise<BackupState> {
  return stateOf(expectOk(await user.delete(path)))
}

/** Deletes a version, which must succeed. */
export async function removeVersion(user: Client, version: string): Promise<void> {
  expectOk(await user.delete(versionPath(version)))
}

/** The state of a version as the server describes it. */
export async function state(user: Client, version: string): Promise<BackupState> {
  const { count, etag } = await infoOf(user, version)
  return { count, etag }
}

/** Every room of a version: room id → `{ sessions }`. */
export async function roomsIn(user: Client, version: string): Promise<JsonObject> {
  return expectMember(expectOk(await user.get(keysPath(version))), 'rooms')
}

/** Every session of a room: session id → key. */
export async function sessionsIn(user: Client, version: string, room: string): Promise<JsonObject> {
  return expectMember(expectOk(await user.get(keysPath(version, room))), 'sessions')
}

/** Fails unless one stored key has the given members. */
export async function expectKey(user: Client, path: string, key: JsonObject): Promise<void> {
  const stored = expectOk(await user.get(path))
  for (const [name, value] of Object.entries(key)) expectEqual(stored[name], value, name)
}

/** Where one key is stored. */
export interface Place {
  readonly version: string
  readonly room: string
  readonly session: string
}

/** The path of one key. */
export function keyPath({ version, room, session }: Place): string {
  return keysPath(version, room, session)
}

/** The three ways to upload. */
export type UploadId = 'K1' | 'K2' | 'K3'

/** Every way to upload. */
export const UPLOADS: readonly UploadId[] = Object.freeze(['K1', 'K2', 'K3'])

/** Path and body that upload one key in a certain way. */
export function uploadOf(
  via: UploadId,
  { version, room, session }: Place,
  key: unknown,
): readonly [path: string, body: unknown] {
  const one = [[session, key] as const]
  if (via === 'K1') return [keysPath(version, room, session), key]
  return via === 'K2'
    ? [keysPath(version, room), sessionsOf(one)]
    : [keysPath(version), roomsOf(room, one)]
}

/** A new version, and a place in it where no key is yet. */
export async function newPlace(context: CaseContext): Promise<Place> {
  const version = await newVersion(context.user)
  return { version, room: context.roomId(), session: context.sessionId() }
}

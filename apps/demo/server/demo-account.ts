/** The account of the demo. Its secrets are public: they stand in `vectors/`, for everybody to see. */
import {
  type CreateBackupVersionRequest,
  createBackupVersionRequestSchema,
  isJsonObject,
  parseWire,
  type RoomKeys,
  roomKeysSchema,
} from '@roomkeys/types'
import { readFile } from 'node:fs/promises'

/** The name that the backup of the account is signed for. */
export const SERVER_NAME = 'example.org'

/** Name and password for the sign-in form. */
export const USER = 'alice'
export const PASSWORD = 'alice-demo'

/** The full id of the user. */
export const USER_ID = `@${USER}:${SERVER_NAME}`

/** A backup to fill the server with. */
export interface DemoBackup {
  readonly version: CreateBackupVersionRequest
  readonly keys: RoomKeys
  /** Text form of its decryption key. */
  readonly recoveryKey: string
}

const VECTOR = new URL('../../../vectors/account-rust.json', import.meta.url)

/**
 * Reads the backup of the demo.
 *
 * @throws WireShapeError or TypeError when the vector is not what it should be
 */
export async function readDemoBackup(): Promise<DemoBackup> {
  const vector: unknown = JSON.parse(await readFile(VECTOR, 'utf8'))
  const backup = isJsonObject(vector) ? vector['backup'] : null
  if (!isJsonObject(backup)) throw new TypeError('The vector holds no backup')
  const { version, keys, recovery_key: recoveryKey } = backup
  if (typeof recoveryKey !== 'string') throw new TypeError('The vector holds no recovery key')
  const { algorithm, auth_data } = parseWire(createBackupVersionRequestSchema, version, 'version')
  return {
    version: { algorithm, auth_data },
    keys: parseWire(roomKeysSchema, keys, 'keys'),
    recoveryKey,
  }
}

/**
 * What people do with key storage in a client of matrix-js-sdk: set it up, fill it, open it on another
 * device, replace it, and give it up.
 */
import type { UIAuthCallback } from 'matrix-js-sdk'
import type { KeyBackupRestoreResult } from 'matrix-js-sdk/lib/crypto-api/keybackup.js'
import { createHomeserver, getCurrentBackupVersion, type Homeserver } from '@roomkeys/transport'
import {
  type BackupVersionInfo,
  type ExportedSessionData,
  exportedSessionDataSchema,
  parseWire,
} from '@roomkeys/types'
import { setTimeout as delay } from 'node:timers/promises'
import type { Account, JsSdkDevice } from '../peers/js-sdk-client.ts'

const POLL_MS = 100

/** Waits until a question has an answer; a test that waits in vain runs into its own time limit. */
export async function until<T>(ask: () => Promise<T | null | undefined | false>): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer !== null && answer !== undefined && answer !== false) return answer
    await delay(POLL_MS)
  }
}

function asksForPassword(error: unknown): string | null {
  if (!(error instanceof Error) || !('data' in error) || !('httpStatus' in error)) return null
  if (error.httpStatus !== 401) return null
  const { data } = error
  const session = typeof data === 'object' && data !== null && 'session' in data && data.session
  return typeof session === 'string' ? session : null
}

/** Gives the password when the server asks for it, and only then. */
function withPassword({ userId, password }: Account, asked: () => void): UIAuthCallback<void> {
  return async (makeRequest) => {
    try {
      await makeRequest(null)
    } catch (error) {
      const session = asksForPassword(error)
      if (session === null) throw error
      asked()
      const identifier = { type: 'm.id.user', user: userId }
      await makeRequest({ type: 'm.login.password', session, identifier, password })
    }
  }
}

/** Creates cross-signing keys, also where there are some; how often the password was asked for. */
export async function createCrossSigningKeys({ account, crypto }: JsSdkDevice): Promise<number> {
  let asked = 0
  const authUploadDeviceSigningKeys = withPassword(account, () => {
    asked += 1
  })
  await crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys, setupNewCrossSigning: true })
  return asked
}

/** Creates secret storage and a backup in it; the key that the person writes down. A phrase opens it, too. */
export async function createKeyStorage({ crypto }: JsSdkDevice, phrase?: string): Promise<string> {
  const key = await crypto.createRecoveryKeyFromPassphrase(phrase)
  await crypto.bootstrapSecretStorage({
    createSecretStorageKey: () => Promise.resolve(key),
    setupNewSecretStorage: true,
    setupNewKeyBackup: true,
  })
  if (key.encodedPrivateKey === undefined) throw new Error('The key has no text')
  return key.encodedPrivateKey
}

/** The server as our packages see it, with the device's token. */
export function homeserverOf({ account: { baseUrl }, accessToken }: JsSdkDevice): Homeserver {
  return createHomeserver({ baseUrl, accessToken })
}

/** Waits until the current backup has a number of keys; the SDK itself would not ask again. */
export async function backupWith(device: JsSdkDevice, count: number): Promise<BackupVersionInfo> {
  return until(async () => {
    const info = await getCurrentBackupVersion(homeserverOf(device))
    return info !== null && info.count >= count && info
  })
}

/** Imports room keys, as from a file, and waits until they are all in the backup. */
export async function importAndBackUp(
  device: JsSdkDevice,
  sessions: readonly ExportedSessionData[],
): Promise<BackupVersionInfo> {
  await device.crypto.importRoomKeysAsJson(JSON.stringify(sessions))
  return backupWith(device, sessions.length)
}

/** What a device makes of the backup that it finds. */
export interface FoundBackup {
  readonly result: KeyBackupRestoreResult
  readonly trusted: boolean
  readonly matchesDecryptionKey: boolean
}

/** Opens the backup with the key from secret storage. */
export async function restoreFromSecretStorage({ crypto }: JsSdkDevice): Promise<FoundBackup> {
  await crypto.loadSessionBackupPrivateKeyFromSecretStorage()
  const result = await crypto.restoreKeyBackup()
  const info = await crypto.getKeyBackupInfo()
  if (info === null) throw new Error('There is no backup')
  return { result, ...(await crypto.isKeyBackupTrusted(info)) }
}

/** Whether a device counts as verified, seen from another. */
export async function isCrossSigned(
  { account, crypto }: JsSdkDevice,
  deviceId: string,
): Promise<boolean> {
  const status = await crypto.getDeviceVerificationStatus(account.userId, deviceId)
  return status?.crossSigningVerified ?? false
}

/** Signs the device with the keys from secret storage. */
export async function crossSignFromSecretStorage({ account, crypto }: JsSdkDevice): Promise<void> {
  // The SDK refuses private keys whose public ones it has not asked the server for yet.
  await crypto.userHasCrossSigningKeys(account.userId, true)
  await crypto.bootstrapCrossSigning({})
}

/** All keys that a device has, as it would export them. */
export async function exportedBy({ crypto }: JsSdkDevice): Promise<readonly ExportedSessionData[]> {
  const sessions = await crypto.exportRoomKeys()
  return sessions.map((session) => parseWire(exportedSessionDataSchema, session, 'a session'))
}

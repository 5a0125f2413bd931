/** What the server has, asked for with our own transport and a device's token. */
import { getCurrentBackupVersion as readVersion } from '@roomkeys/transport'
import { getAccountData as readAccountData } from '@roomkeys/transport/account'
import type { BackupVersionInfo, JsonObject } from '@roomkeys/types'
import type { JsSdkDevice } from '../peers/js-sdk-client.ts'
import { homeserverOf } from './key-storage.ts'

/** The current backup, or `null`. */
export function getCurrentBackupVersion(device: JsSdkDevice): Promise<BackupVersionInfo | null> {
  return readVersion(homeserverOf(device))
}

/** Account data of a type, or `null`. */
export function getAccountData(device: JsSdkDevice, type: string): Promise<JsonObject | null> {
  return readAccountData(homeserverOf(device), { userId: device.account.userId, type })
}

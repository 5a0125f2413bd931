/** Whole flows of matrix-js-sdk with Rust crypto, against any homeserver over HTTP. */
import { getAccountData, getCurrentBackupVersion } from './server-state.ts'
import type { ExportedSessionData } from '@roomkeys/types'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { receivedSecrets, verifyByEmoji } from './device-verification.ts'
import type { Homeserver } from './homeserver.ts'
import { openForSuite } from './open-homeserver.ts'
import {
  backupWith,
  createCrossSigningKeys,
  crossSignFromSecretStorage,
  exportedBy,
  isCrossSigned,
  restoreFromSecretStorage,
  until,
} from './key-storage.ts'
import { backUpWithOurPackages, restoreWithJsSdk, restoreWithOurClient } from './our-packages.ts'
import { drawSessions, keepDevices, settle as settleWith, type Settled } from './settled.ts'
import { asRustStores, sorted } from '../sessions.ts'

const KEYS = 250

let sessions: readonly ExportedSessionData[]
beforeAll(async () => {
  sessions = await drawSessions(KEYS)
})

/** The SDK waits for a random part of ten seconds before it uploads. */
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0)
})

const devices = keepDevices()
const { open } = devices
afterEach(() => {
  devices.stop()
  vi.restoreAllMocks()
})

const settle = (homeserver: Homeserver): Promise<Settled> =>
  settleWith(homeserver, open, { sessions })

/** The flows, as tests: each begins with users of its own. */
export function describeFlows(name: string, openHomeserver: () => Promise<Homeserver>): void {
  describe(`matrix-js-sdk and ${name}`, () => {
    const homeserver = openForSuite(openHomeserver)

    it('a second device restores every key, trusts the backup and becomes trusted', async () => {
      const { account, keys, first } = await settle(homeserver())
      const second = await open(account, keys)
      const { result, matchesDecryptionKey } = await restoreFromSecretStorage(second)
      expect(result).toEqual({ total: KEYS, imported: KEYS })
      expect(matchesDecryptionKey).toBe(true)
      expect(sorted(await exportedBy(second))).toEqual(sessions.map(asRustStores))

      await crossSignFromSecretStorage(second)
      await until(() => isCrossSigned(second, second.deviceId))
      await until(() => isCrossSigned(first, second.deviceId))
      const { trusted } = await restoreFromSecretStorage(second)
      expect(trusted).toBe(true)
    })

    it('our client restores what the SDK wrote', async () => {
      const { first, storageKey } = await settle(homeserver())
      const { report, sessionIds: restored } = await restoreWithOurClient(first, storageKey)
      expect(report).toMatchObject({ result: 'complete', total: KEYS, opened: KEYS, missing: 0 })
      expect(restored).toEqual(sessions.map(({ session_id }) => session_id))
    })

    it('the SDK restores what our packages wrote', async () => {
      const device = await open(await homeserver().newAccount())
      const written = await backUpWithOurPackages(device, sessions)
      expect(await restoreWithJsSdk(device, written)).toBe(KEYS)
      expect(sorted(await exportedBy(device))).toEqual(sessions.map(asRustStores))
    })

    it('a backup that is reset has another version, another key and every key again', async () => {
      const { account, keys, first } = await settle(homeserver())
      const before = await getCurrentBackupVersion(first)
      await first.crypto.resetKeyBackup()
      const after = await backupWith(first, KEYS)
      expect(after.version).not.toBe(before?.version)
      expect(after.auth_data['public_key']).not.toBe(before?.auth_data['public_key'])
      const second = await open(account, keys)
      expect((await restoreFromSecretStorage(second)).result.imported).toBe(KEYS)
    })

    it('disabling key storage leaves no backup and empties what stood in account data', async () => {
      const { first } = await settle(homeserver())
      expect(await getAccountData(first, 'm.megolm_backup.v1')).toHaveProperty('encrypted')
      await first.crypto.disableKeyStorage()
      expect(await getCurrentBackupVersion(first)).toBeNull()
      for (const type of ['m.secret_storage.default_key', 'm.megolm_backup.v1'])
        expect(await getAccountData(first, type)).toEqual({})
      expect(await first.crypto.getActiveSessionBackupVersion()).toBeNull()
    })

    it('new cross-signing keys over old ones need the password', async () => {
      const account = await homeserver().newAccount()
      const device = await open(account)
      expect(await createCrossSigningKeys(device)).toBe(0)
      const before = await device.crypto.getCrossSigningKeyId()
      expect(await createCrossSigningKeys(device)).toBe(1)
      expect(await device.crypto.getCrossSigningKeyId()).not.toBe(before)
    })

    it('devices verify each other by messages, and the new one is sent the secrets', async () => {
      const { account, first } = await settle(homeserver())
      const second = await open(account)
      const [seen, alsoSeen] = await verifyByEmoji(second, first)
      expect(seen).toBe(alsoSeen)
      await receivedSecrets(second)
      expect((await second.crypto.restoreKeyBackup()).imported).toBe(KEYS)
      expect(await isCrossSigned(first, second.deviceId)).toBe(true)
    })
  })
}

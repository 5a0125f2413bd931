/** A person who has set up key storage with a whole client, as most people have before they need anything else. */
import type { ExportedSessionData } from '@roomkeys/types'
import fc from 'fast-check'
import {
  type Account,
  type JsSdkDevice,
  type KnownStorageKeys,
  openJsSdkDevice,
} from '../peers/js-sdk-client.ts'
import { initOlm } from '../peers/olm.ts'
import { SEED } from '../seed.ts'
import { makeSession, sessionDraft, sorted } from '../sessions.ts'
import type { Homeserver } from './homeserver.ts'
import { createCrossSigningKeys, createKeyStorage, importAndBackUp } from './key-storage.ts'

/** Opens a device of an account; `keys` are the keys of secret storage that its person has typed. */
export type OpenDevice = (account: Account, keys?: KnownStorageKeys) => Promise<JsSdkDevice>

/** Devices that are stopped together. */
export interface Devices {
  readonly open: OpenDevice
  readonly stop: () => void
}

/** No devices yet. */
export function keepDevices(): Devices {
  const devices: JsSdkDevice[] = []
  return {
    open: async (account, keys = new Map()) => {
      const device = await openJsSdkDevice(account, keys)
      devices.push(device)
      return device
    },
    stop: () => {
      for (const device of devices.splice(0)) device.stop()
    },
  }
}

/** Random sessions, in the order of their ids. */
export async function drawSessions(count: number): Promise<readonly ExportedSessionData[]> {
  await initOlm()
  return sorted(fc.sample(sessionDraft, { seed: SEED, numRuns: count }).map(makeSession))
}

/** A person who has set up everything on one device, and knows the key of their secret storage. */
export interface Settled {
  readonly account: Account
  readonly keys: KnownStorageKeys
  readonly first: JsSdkDevice
  readonly storageKey: string
}

/** What a person sets up. */
export interface Wishes {
  /** What is in the backup. */
  readonly sessions: readonly ExportedSessionData[]
  /** Opens secret storage, beside the key. */
  readonly phrase?: string
}

/** Sets up a new account: cross-signing, secret storage, and a backup. */
export async function settle(
  homeserver: Homeserver,
  open: OpenDevice,
  { sessions, phrase }: Wishes,
): Promise<Settled> {
  const account = await homeserver.newAccount()
  const keys: KnownStorageKeys = new Map()
  const first = await open(account, keys)
  await createCrossSigningKeys(first)
  const storageKey = await createKeyStorage(first, phrase)
  await importAndBackUp(first, sessions)
  return { account, keys, first, storageKey }
}

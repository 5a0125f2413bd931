/**
 * Whether the user wants a backup, in account data: read and written in both of its forms, so that
 * devices of any age do as the user said.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#mkey_backup
 */
import type { SecretAccountData } from '@roomkeys/secret-storage'
import type { PreferencePort } from '../engine/ports.ts'
import type { ApiCallOptions } from '../ports/room-keys-api.ts'
import { factOf, type Setting, STABLE, UNSTABLE } from './fact.ts'

/** The preference over account data. The setting of the specification wins. */
export function accountDataPreference(accountData: SecretAccountData): PreferencePort {
  const readSetting = async (
    setting: Setting,
    options: ApiCallOptions,
  ): Promise<boolean | null> => {
    const fact = factOf(await accountData.get(setting.type, options), setting)
    return fact.state === 'set' ? fact.enabled : null
  }
  const writeSetting = (
    { type, name, whenTrue }: Setting,
    enabled: boolean,
    options: ApiCallOptions,
  ): Promise<void> => accountData.set(type, { [name]: enabled === whenTrue }, options)

  return Object.freeze({
    read: async (options = {}) =>
      (await readSetting(STABLE, options)) ?? readSetting(UNSTABLE, options),
    write: async (enabled, options = {}) => {
      // The one that wins last: what is written half says what was true before.
      await writeSetting(UNSTABLE, enabled, options)
      await writeSetting(STABLE, enabled, options)
    },
  } satisfies PreferencePort)
}

/**
 * Whether the user wants a backup, as account data says it.
 *
 * @see https://github.com/matrix-org/matrix-spec-proposals/pull/4287
 */
import { factOf, type PreferenceFact, type Setting, STABLE, UNSTABLE } from '../preference/fact.ts'
import type { Reading } from './evidence.ts'
import type { AccountDataContext } from './gather-context.ts'
import { reading } from './reading.ts'

function readSetting(
  { accountData, call }: AccountDataContext,
  setting: Setting,
): Promise<Reading<PreferenceFact>> {
  return reading(async () => factOf(await accountData.get(setting.type, call), setting), call)
}

/** Both settings. */
export interface Preferences {
  readonly preference: Reading<PreferenceFact>
  readonly unstablePreference: Reading<PreferenceFact>
}

/** Reads both settings. */
export async function readPreferences(context: AccountDataContext): Promise<Preferences> {
  return {
    preference: await readSetting(context, STABLE),
    unstablePreference: await readSetting(context, UNSTABLE),
  }
}

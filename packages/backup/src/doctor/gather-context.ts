/** What the gathering of account data is given. */
import type { SecretBytes } from '@roomkeys/crypto/secret'
import type { SecretAccountData } from '@roomkeys/secret-storage'
import type { DoctorPorts } from './ports.ts'
import type { GatherCall } from './reading.ts'

/** How account data is gathered. */
export interface AccountDataContext {
  readonly accountData: SecretAccountData
  readonly storageKey: SecretBytes | null
  readonly call: GatherCall
}

/** Account data as secret storage wants it, but for writing. */
export function readOnlyAccountData({ accountData }: DoctorPorts): SecretAccountData {
  return {
    get: (type, options) => accountData(type, options),
    set: () => Promise.reject(new TypeError('An examination writes nothing')),
  }
}

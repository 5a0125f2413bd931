/** Account data of the signed-in user, as secret storage wants it. */
import type { SecretAccountData } from '@roomkeys/secret-storage'
import type { Homeserver } from '@roomkeys/transport'
import { getAccountData, putAccountData } from '@roomkeys/transport/account'

/** The global account data of a user, over a homeserver. */
export function createAccountData(homeserver: Homeserver, userId: string): SecretAccountData {
  return {
    get: (type, options) => getAccountData(homeserver, { userId, type }, options),
    set: async (type, content, options) => {
      await putAccountData(homeserver, { userId, type, body: content }, options)
    },
  }
}

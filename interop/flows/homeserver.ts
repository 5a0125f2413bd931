/** A homeserver that flows run against, whatever it is made of. */
import type { Account } from '../peers/js-sdk-client.ts'

/** A homeserver under test. */
export interface Homeserver {
  readonly name: string
  /** Creates a user whom nobody has used. */
  readonly newAccount: () => Promise<Account>
  /** Lets whoever knows it register users; `null` where everybody may. */
  readonly registrationSecret: string | null
  /** Failures inside of the server, as far as it tells of them. */
  readonly failures: () => readonly unknown[]
  readonly close: () => Promise<void>
}

/** Secrets of the second of two files, where they differ from those of the first. */
import type { SecretSource } from '../io/secrets.ts'

/** The passphrase of the second key file. */
export const SECOND_PASSPHRASE: SecretSource = {
  name: 'passphrase of the second key file',
  option: 'secondPassphraseFile',
  env: null,
}

/** The recovery key of the second snapshot. */
export const SECOND_RECOVERY_KEY: SecretSource = {
  name: 'recovery key of the second snapshot',
  option: 'secondRecoveryKeyFile',
  env: null,
}

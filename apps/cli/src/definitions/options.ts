/** Options that several commands share. */
import type { OptionDefinition } from '../definition.ts'

/** Every command has these. */
export const GLOBAL_OPTIONS: readonly OptionDefinition[] = [
  { flags: '--json', text: 'print JSON; its shape is documented and versioned' },
  { flags: '-q, --quiet', text: 'say only what is asked for, and errors' },
  { flags: '--no-input', text: 'never ask; fail where a question is needed' },
]

/** Whose account it is, and where. */
export const ACCOUNT_OPTIONS: readonly OptionDefinition[] = [
  { flags: '--homeserver <url>', text: 'address of the homeserver; else found from the user id' },
  { flags: '--user <id>', text: 'the user id, e.g. @alice:example.org' },
  {
    flags: '--access-token-file <file>',
    text: 'file that holds the access token, - for standard input; else ROOMKEYS_ACCESS_TOKEN, else the saved sign-in',
    value: 'file',
  },
  {
    flags: '--credentials <file>',
    text: 'use the credentials.json of matrix-commander',
    value: 'file',
  },
]

/** What opens the backup. */
export const KEY_OPTIONS: readonly OptionDefinition[] = [
  {
    flags: '--recovery-key-file <file>',
    text: 'file that holds the recovery key, - for standard input; else MATRIX_RECOVERY_KEY, else a prompt',
    value: 'file',
  },
  {
    flags: '--security-phrase-file <file>',
    text: 'file that holds the security phrase, - for standard input; else MATRIX_SECURITY_PHRASE, else a prompt',
    value: 'file',
  },
]

/** The passphrase of a key export file. */
export const PASSPHRASE_OPTION: OptionDefinition = {
  flags: '--passphrase-file <file>',
  text: 'file that holds the passphrase of the key file, - for standard input; else ROOMKEYS_PASSPHRASE, else a prompt',
  value: 'file',
}

/** The passphrase of the second of two key export files. */
export const SECOND_PASSPHRASE_OPTION: OptionDefinition = {
  flags: '--second-passphrase-file <file>',
  text: 'file that holds the passphrase of the second key file, where it is another',
  value: 'file',
}

/** Where the result goes. */
export const OUTPUT_OPTION: OptionDefinition = {
  flags: '-o, --output <file>',
  text: 'the file to write, with mode 0600',
  value: 'file',
}

/** Of commands that ask before they act. */
export const CONFIRM_OPTIONS: readonly OptionDefinition[] = [
  { flags: '--dry-run', text: 'show what would happen, and change nothing' },
  { flags: '-y, --yes', text: 'do not ask' },
]

/** Commands about the account: sign-in, state, versions, keys, secrets. */
import type { CommandDefinition } from '../definition.ts'
import { ACCOUNT_OPTIONS, CONFIRM_OPTIONS, KEY_OPTIONS, OUTPUT_OPTION } from './options.ts'

const SECRET_NAME = {
  name: 'name',
  text: 'name of the secret, e.g. m.megolm_backup.v1',
} as const

const SIGN_IN: readonly CommandDefinition[] = [
  {
    name: 'login',
    summary: 'sign in and save the access token',
    description:
      'The access token is kept in the config folder, in a file that only you can read. The password is asked for, or comes from --password-file or MATRIX_PASSWORD. With --access-token-file or --credentials, a token that you have is checked and saved.',
    examples: [
      {
        line: 'roomkeys login @alice:example.org',
        text: 'Finds the homeserver and asks for the password',
      },
    ],
    args: [{ name: 'user', text: 'user id, e.g. @alice:example.org', optional: true }],
    options: [
      ...ACCOUNT_OPTIONS,
      {
        flags: '--password-file <file>',
        text: 'file that holds the password, - for standard input; else MATRIX_PASSWORD, else a prompt',
        value: 'file',
      },
      { flags: '--device-name <name>', text: 'name of the new device (roomkeys)' },
    ],
    json: 'document',
    load: () => import('../commands/login.ts'),
  },
  {
    name: 'logout',
    summary: 'sign out and remove the saved access token',
    description: 'The homeserver forgets the access token and its device.',
    examples: [{ line: 'roomkeys logout', text: 'Ends the saved sign-in' }],
    options: [],
    json: 'document',
    load: () => import('../commands/logout.ts'),
  },
]

const STATE: readonly CommandDefinition[] = [
  {
    name: 'status',
    summary: 'show the backup on one screen: version, trust, keys, preference, secret storage',
    description:
      'With a recovery key from a file or the environment, it also tells which key that is. It never asks for one.',
    examples: [{ line: 'roomkeys status', text: 'Shows the state of your backup' }],
    options: [...ACCOUNT_OPTIONS, ...KEY_OPTIONS],
    json: 'document',
    load: () => import('../commands/status.ts'),
  },
  {
    name: 'doctor',
    summary: 'find out what is wrong with the backup, and what to do; changes nothing',
    description:
      'Each finding has a code, the evidence it rests on, and what to run. With a recovery key that opens secret storage, the stored keys are looked at, too. Ends with 1 when something has to be done.',
    examples: [
      { line: 'roomkeys doctor', text: 'Examines the account' },
      {
        line: 'roomkeys doctor --recovery-key-file key.txt --json',
        text: 'Opens secret storage, too, and prints JSON',
      },
    ],
    options: [...ACCOUNT_OPTIONS, ...KEY_OPTIONS],
    json: 'document',
    load: () => import('../commands/doctor.ts'),
  },
  {
    name: 'versions',
    summary: 'list the versions of the backup that can be found',
    description:
      'A server tells the current version only. Versions have numbers almost everywhere, so the numbers below it are tried, newest first.',
    examples: [{ line: 'roomkeys versions', text: 'Lists the current version and older ones' }],
    options: [
      ...ACCOUNT_OPTIONS,
      { flags: '--limit <n>', text: 'how many older numbers to try (20)' },
    ],
    json: 'document',
    load: () => import('../commands/versions.ts'),
  },
  {
    name: 'versions show',
    summary: 'show one version as the server has it',
    examples: [
      { line: 'roomkeys versions show 3', text: 'Shows version 3, even one that cannot be parsed' },
    ],
    args: [{ name: 'version', text: 'name of the version' }],
    options: ACCOUNT_OPTIONS,
    json: 'document',
    load: () => import('../commands/versions-show.ts'),
  },
  {
    name: 'versions delete',
    summary: 'delete a version and all of its keys',
    description: 'Works on versions that cannot be read, too. What is deleted does not come back.',
    examples: [
      { line: 'roomkeys versions delete 3 --dry-run', text: 'Shows what would go' },
      { line: 'roomkeys versions delete 3', text: 'Asks, and deletes' },
    ],
    args: [{ name: 'version', text: 'name of the version' }],
    options: [...ACCOUNT_OPTIONS, ...CONFIRM_OPTIONS],
    json: 'document',
    load: () => import('../commands/versions-delete.ts'),
  },
]

const KEYS: readonly CommandDefinition[] = [
  {
    name: 'key generate',
    summary: 'make a new key and write its text form',
    description: 'Needs no account. The key goes where you say: --stdout or -o FILE.',
    examples: [{ line: 'roomkeys key generate -o key.txt', text: 'Writes a new key into key.txt' }],
    options: [{ flags: '--stdout', text: 'print the key' }, OUTPUT_OPTION, ...CONFIRM_OPTIONS],
    json: 'document',
    load: () => import('../commands/key-generate.ts'),
  },
  {
    name: 'key inspect',
    summary: 'tell which key a recovery key is: the backup key, the secret-storage key, or neither',
    description: 'With --offline only the text form and the public key are looked at.',
    examples: [
      { line: 'roomkeys key inspect', text: 'Asks for the key and compares it with your account' },
      {
        line: 'roomkeys key inspect --offline --recovery-key-file key.txt',
        text: 'Prints the public key',
      },
    ],
    options: [
      ...ACCOUNT_OPTIONS,
      ...KEY_OPTIONS.slice(0, 1),
      { flags: '--offline', text: 'do not ask the homeserver' },
    ],
    json: 'document',
    load: () => import('../commands/key-inspect.ts'),
  },
]

const SECRETS: readonly CommandDefinition[] = [
  {
    name: 'secret list',
    summary: 'list the known secrets of secret storage, and the keys that open them',
    examples: [{ line: 'roomkeys secret list', text: 'Lists what is stored; opens nothing' }],
    options: [
      ...ACCOUNT_OPTIONS,
      { flags: '--name <name>', text: 'look for this secret, too', repeatable: true },
    ],
    json: 'document',
    load: () => import('../commands/secret-list.ts'),
  },
  {
    name: 'secret get',
    summary: 'open a secret of secret storage',
    description:
      'The secret goes where you say: --stdout or -o FILE. --json holds it only with --stdout.',
    examples: [
      {
        line: 'roomkeys secret get m.megolm_backup.v1 -o backup-key.txt',
        text: 'Writes the backup key into a file',
      },
    ],
    args: [SECRET_NAME],
    options: [
      ...ACCOUNT_OPTIONS,
      ...KEY_OPTIONS,
      { flags: '--stdout', text: 'print the secret' },
      OUTPUT_OPTION,
      ...CONFIRM_OPTIONS,
    ],
    json: 'document',
    load: () => import('../commands/secret-get.ts'),
  },
  {
    name: 'secret store',
    summary: 'put a secret into secret storage',
    description:
      'The secret comes from a file, standard input or a prompt. An older value is replaced.',
    examples: [
      {
        line: 'roomkeys secret store m.megolm_backup.v1 --from backup-key.txt',
        text: 'Stores the backup key',
      },
    ],
    args: [SECRET_NAME],
    options: [
      ...ACCOUNT_OPTIONS,
      ...KEY_OPTIONS,
      {
        flags: '--from <file>',
        text: 'file that holds the secret, - for standard input; else a prompt',
        value: 'file',
      },
      ...CONFIRM_OPTIONS,
    ],
    json: 'document',
    load: () => import('../commands/secret-store.ts'),
  },
]

/** Commands about the account. */
export const ACCOUNT_COMMANDS: readonly CommandDefinition[] = [
  ...SIGN_IN,
  ...STATE,
  ...KEYS,
  ...SECRETS,
]

/** Commands about servers, and about the command itself. */
import type { CommandDefinition } from '../definition.ts'
import { CONFIRM_OPTIONS } from './options.ts'

const TOKENS =
  'file with access tokens of users without a backup, one a line; else MATRIX_ACCESS_TOKEN'

/** Commands about servers, and about the command itself. */
export const SERVER_COMMANDS: readonly CommandDefinition[] = [
  {
    name: 'serve',
    summary: 'run the bundled key backup server, for development and tests',
    description:
      'Prints its URL on standard output and runs until Ctrl-C. Without --data or a database, all is gone at the end.',
    examples: [
      {
        line: 'roomkeys serve --data ./data --registration open',
        text: 'Keeps everything in ./data, and lets clients register',
      },
      {
        line: 'ROOMKEYS_DATABASE_URL=postgres://… roomkeys serve',
        text: 'Uses a PostgreSQL; its URL holds a password',
      },
    ],
    options: [
      {
        flags: '--data <folder>',
        text: 'keep everything in this folder (embedded PostgreSQL)',
        value: 'folder',
      },
      {
        flags: '--database <url>',
        text: 'use a PostgreSQL; a URL with a password belongs into ROOMKEYS_DATABASE_URL',
      },
      { flags: '--port <n>', text: 'port to listen on (8008); 0 lets the system choose' },
      { flags: '--host <address>', text: 'address to listen on (127.0.0.1)' },
      { flags: '--server-name <name>', text: 'the part of user ids after the colon (localhost)' },
      {
        flags: '--registration <mode>',
        text: 'whether clients may register (closed)',
        choices: ['open', 'closed'],
      },
      {
        flags: '--user <name>',
        text: 'create this user, with the password of --password-file, ROOMKEYS_SERVE_PASSWORD or a prompt',
      },
      {
        flags: '--password-file <file>',
        text: 'file that holds the password of --user, - for standard input',
        value: 'file',
      },
      { flags: '--no-rate-limits', text: 'answer as often as clients ask, for tests' },
    ],
    json: 'document',
    load: () => import('../commands/serve.ts'),
  },
  {
    name: 'conformance',
    summary: 'test how well a server speaks /room_keys',
    description:
      'Users come from --register or --tokens-file. Run it against servers that you may test. Ends with 1 when a case fails, and with 5 when one has no verdict.',
    examples: [
      {
        line: 'roomkeys conformance http://localhost:8008 --register dummy',
        text: 'Runs every case, with a new user for each',
      },
      { line: 'roomkeys conformance --list', text: 'Lists the cases with their sources' },
    ],
    args: [{ name: 'url', text: 'address of the homeserver', optional: true }],
    options: [
      {
        flags: '--register <how>',
        text: 'make a user for each case',
        choices: ['dummy', 'shared-secret'],
      },
      {
        flags: '--secret-file <file>',
        text: 'file with the registration secret; else ROOMKEYS_REGISTRATION_SECRET',
        value: 'file',
      },
      { flags: '--tokens-file <file>', text: TOKENS, value: 'file' },
      {
        flags: '--format <form>',
        text: 'form of the report (text)',
        choices: ['text', 'json', 'junit'],
      },
      { flags: '-o, --output <file>', text: 'write the report to a file', value: 'file' },
      ...CONFIRM_OPTIONS,
      { flags: '--seed <n>', text: 'repeat an earlier run' },
      { flags: '--only <ids>', text: 'run these cases, separated by commas' },
      { flags: '--concurrency <n>', text: 'cases at once (4)' },
      { flags: '--timeout <seconds>', text: 'longest wait for one answer (30)' },
      { flags: '--lenient', text: 'fixtures may be strings where the specification has objects' },
      {
        flags: '--known-differences <file>',
        text: 'JSON list of { "id", "reason" }: cases that are known to fail',
        value: 'file',
      },
      { flags: '--list', text: 'list the cases' },
    ],
    json: 'document',
    load: () => import('../commands/conformance.ts'),
  },
  {
    name: 'completion',
    summary: 'print the completion script of a shell',
    examples: [
      {
        line: 'roomkeys completion bash > ~/.local/share/bash-completion/completions/roomkeys',
        text: 'Completes commands and options in bash',
      },
      {
        line: 'roomkeys completion fish > ~/.config/fish/completions/roomkeys.fish',
        text: 'The same in fish',
      },
      {
        line: 'roomkeys completion zsh > ~/.zfunc/_roomkeys',
        text: 'The same in zsh, where ~/.zshrc has fpath=(~/.zfunc $fpath) before compinit',
      },
    ],
    args: [{ name: 'shell', text: 'the shell', choices: ['bash', 'zsh', 'fish'] }],
    options: [],
    json: 'none',
    load: () => import('../commands/completion.ts'),
  },
]

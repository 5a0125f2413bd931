/** Every command, as data: cheap to import, and each loads its module when it runs. */
import type { CommandDefinition } from './definition.ts'
import { ACCOUNT_COMMANDS } from './definitions/account.ts'
import { BACKUP_COMMANDS } from './definitions/backup.ts'
import { FILE_COMMANDS } from './definitions/files.ts'
import { SERVER_COMMANDS } from './definitions/server.ts'

/** A group of commands that only have subcommands. */
export const GROUPS: Readonly<Record<string, string>> = {
  versions: 'list, show and delete versions of the backup',
  key: 'make a key, or tell which one it is',
  secret: 'list, open and store secrets of secret storage',
  file: 'work on key files, offline',
  events: 'decrypt events, offline',
  attachment: 'decrypt and encrypt attachments, offline',
}

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandDefinition[] = [
  ...ACCOUNT_COMMANDS,
  ...BACKUP_COMMANDS,
  ...FILE_COMMANDS,
  ...SERVER_COMMANDS,
]

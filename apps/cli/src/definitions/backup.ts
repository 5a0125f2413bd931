/** Commands about the keys of a backup: getting them out, checking them, moving them. */
import type { CommandDefinition, OptionDefinition } from '../definition.ts'
import {
  ACCOUNT_OPTIONS,
  CONFIRM_OPTIONS,
  KEY_OPTIONS,
  OUTPUT_OPTION,
  PASSPHRASE_OPTION,
  SECOND_PASSPHRASE_OPTION,
} from './options.ts'

const VERSION_OPTION: OptionDefinition = {
  flags: '--backup-version <version>',
  text: 'another version than the current one',
}

const READ: readonly CommandDefinition[] = [
  {
    name: 'download',
    summary: 'save the backup as it is: encrypted, safe to keep anywhere',
    description:
      'The snapshot is streamed to the disk and stays encrypted, so no key is needed. Beside it lies FILE.json, which says of which version it is. The server has no ranges: run again after an interruption, it sends everything again, and rooms that came whole are kept.',
    examples: [{ line: 'roomkeys download -o snapshot.json', text: 'Saves the current version' }],
    options: [
      ...ACCOUNT_OPTIONS,
      VERSION_OPTION,
      { ...OUTPUT_OPTION, required: true },
      ...CONFIRM_OPTIONS,
    ],
    json: 'document',
    load: () => import('../commands/download.ts'),
  },
  {
    name: 'verify',
    summary: 'check every entry of a snapshot, or of the backup on the server',
    description:
      'Ends with 5 when entries failed, and with 4 when the key is not that of the backup.',
    examples: [
      { line: 'roomkeys verify snapshot.json --structure-only', text: 'Without the recovery key' },
      { line: 'roomkeys verify', text: 'Audits the backup on the server' },
      { line: 'roomkeys verify snapshot.json', text: 'Audits a snapshot, offline' },
    ],
    args: [
      { name: 'file', text: 'snapshot; without it, the server', optional: true, value: 'file' },
    ],
    options: [
      ...ACCOUNT_OPTIONS,
      ...KEY_OPTIONS,
      VERSION_OPTION,
      { flags: '--structure-only', text: 'check what can be checked without a key' },
    ],
    json: 'document',
    load: () => import('../commands/verify.ts'),
  },
  {
    name: 'export',
    summary: 'write all keys into a key file that other clients import',
    description: 'Ends with 5 when some entries could not be opened; the others are in the file.',
    examples: [
      {
        line: 'roomkeys export -o keys.txt',
        text: 'Asks for the recovery key and for a passphrase',
      },
    ],
    options: [
      ...ACCOUNT_OPTIONS,
      ...KEY_OPTIONS,
      VERSION_OPTION,
      PASSPHRASE_OPTION,
      { ...OUTPUT_OPTION, required: true },
      { flags: '--from <file>', text: 'a snapshot instead of the server', value: 'file' },
      {
        flags: '--format <format>',
        text: 'what is written (key-export)',
        choices: ['key-export', 'jsonl'],
      },
      { flags: '--room <id>', text: 'only keys of this room', repeatable: true },
      { flags: '--session <id>', text: 'only this session', repeatable: true },
      ...CONFIRM_OPTIONS,
    ],
    json: 'document',
    load: () => import('../commands/export.ts'),
  },
  {
    name: 'diff',
    summary: 'compare two of: server, snapshot, key file',
    description:
      'Both sides are read once, in any order, so every key is remembered: 320 MB of a million.',
    examples: [
      {
        line: 'roomkeys diff server keys.txt',
        text: 'Which keys are on one side only, or better there',
      },
    ],
    args: [
      { name: 'a', text: 'server, or a file', value: 'file' },
      { name: 'b', text: 'server, or a file', value: 'file' },
    ],
    options: [
      ...ACCOUNT_OPTIONS,
      ...KEY_OPTIONS,
      PASSPHRASE_OPTION,
      {
        flags: '--second-recovery-key-file <file>',
        text: 'file that holds the recovery key of the second snapshot, where it is another',
        value: 'file',
      },
      SECOND_PASSPHRASE_OPTION,
    ],
    json: 'lines',
    load: () => import('../commands/diff.ts'),
  },
]

const ROTATION_OPTIONS: readonly OptionDefinition[] = [
  ...ACCOUNT_OPTIONS,
  ...KEY_OPTIONS,
  { flags: '--unsigned', text: 'make a version that nothing signs; other devices do not trust it' },
  { flags: '--take-over', text: 'go on in place of another device that is filling the backup' },
  { flags: '--finish', text: 'end the rotation: delete the old version, after a question' },
  { flags: '--keep-old', text: 'with --finish: keep the old version' },
  {
    flags: '--accept-loss',
    text: 'with --finish: delete it though some keys are not in the new one',
  },
  ...CONFIRM_OPTIONS,
]

const WRITE: readonly CommandDefinition[] = [
  {
    name: 'import',
    summary: 'put the keys of a key file into the backup, only what is better',
    examples: [
      { line: 'roomkeys import keys.txt --dry-run', text: 'Shows what would be uploaded' },
      { line: 'roomkeys import keys.txt', text: 'Uploads it' },
    ],
    args: [{ name: 'file', text: 'key export file', value: 'file' }],
    options: [...ACCOUNT_OPTIONS, ...KEY_OPTIONS, PASSPHRASE_OPTION, ...CONFIRM_OPTIONS],
    json: 'document',
    load: () => import('../commands/import.ts'),
  },
  {
    name: 'rotate',
    summary: 'move the backup to a new key; nothing is lost',
    description:
      'With the key or phrase of secret storage, the new key is kept there, and the master key signs. Run it again after an interruption: it goes on. The old version stays until --finish.',
    examples: [
      { line: 'roomkeys rotate', text: 'Makes a new key and moves every entry' },
      { line: 'roomkeys rotate --finish', text: 'Deletes the old version, after a question' },
    ],
    options: [
      ...ROTATION_OPTIONS,
      {
        flags: '--new-key-file <file>',
        text: 'where the new key is written too, before it is used',
        value: 'file',
      },
    ],
    json: 'document',
    load: () => import('../commands/rotate.ts'),
  },
  {
    name: 'migrate',
    summary: 'move the backup from algorithm v1 to v2; nothing is lost',
    description:
      'The format of MSC4048, which is not accepted: other clients cannot read such a backup. Run it again after an interruption: it goes on. The old version stays until --finish.',
    examples: [{ line: 'roomkeys migrate --dry-run', text: 'Shows what would happen' }],
    options: ROTATION_OPTIONS,
    json: 'document',
    load: () => import('../commands/migrate.ts'),
  },
]

/** Commands about the keys of a backup. */
export const BACKUP_COMMANDS: readonly CommandDefinition[] = [...READ, ...WRITE]

/** Commands that work on files alone, without a server. */
import type { CommandDefinition, OptionDefinition } from '../definition.ts'
import {
  CONFIRM_OPTIONS,
  KEY_OPTIONS,
  OUTPUT_OPTION,
  PASSPHRASE_OPTION,
  SECOND_PASSPHRASE_OPTION,
} from './options.ts'

const OUTPUT: OptionDefinition = { ...OUTPUT_OPTION, required: true }
const KEY_FILE: OptionDefinition = KEY_OPTIONS[0] ?? PASSPHRASE_OPTION

const KEY_FILES: readonly CommandDefinition[] = [
  {
    name: 'decrypt',
    summary: 'decrypt a snapshot: one JSON line an entry',
    description:
      'A snapshot is what download writes: the body of GET /room_keys/keys. Ends with 5 when entries failed.',
    examples: [
      { line: 'roomkeys decrypt snapshot.json > keys.jsonl', text: 'Asks for the recovery key' },
    ],
    args: [{ name: 'file', text: 'snapshot', value: 'file' }],
    options: [KEY_FILE, OUTPUT_OPTION, ...CONFIRM_OPTIONS],
    json: 'lines',
    load: () => import('../commands/decrypt.ts'),
  },
  {
    name: 'file decrypt',
    summary: 'decrypt a key file',
    examples: [
      { line: 'roomkeys file decrypt keys.txt -o keys.json', text: 'Writes the session records' },
    ],
    args: [{ name: 'file', text: 'key export file', value: 'file' }],
    options: [
      PASSPHRASE_OPTION,
      {
        flags: '--format <format>',
        text: 'what is written (json: one array)',
        choices: ['json', 'jsonl'],
      },
      OUTPUT,
      ...CONFIRM_OPTIONS,
    ],
    json: 'document',
    load: () => import('../commands/file-decrypt.ts'),
  },
  {
    name: 'file encrypt',
    summary: 'encrypt session records into a key file',
    examples: [
      { line: 'roomkeys file encrypt keys.json -o keys.txt', text: 'Asks for a passphrase' },
    ],
    args: [
      { name: 'file', text: 'session records, as lines or as an array of JSON', value: 'file' },
    ],
    options: [PASSPHRASE_OPTION, OUTPUT, ...CONFIRM_OPTIONS],
    json: 'document',
    load: () => import('../commands/file-encrypt.ts'),
  },
  {
    name: 'file merge',
    summary: 'merge two key files: the better of each session',
    examples: [
      {
        line: 'roomkeys file merge a.txt b.txt -o both.txt',
        text: 'Both with the same passphrase',
      },
    ],
    args: [
      { name: 'a', text: 'key export file', value: 'file' },
      { name: 'b', text: 'key export file', value: 'file' },
    ],
    options: [PASSPHRASE_OPTION, SECOND_PASSPHRASE_OPTION, OUTPUT, ...CONFIRM_OPTIONS],
    json: 'document',
    load: () => import('../commands/file-merge.ts'),
  },
  {
    name: 'file filter',
    summary: 'keep only some rooms or sessions of a key file',
    examples: [
      {
        line: "roomkeys file filter keys.txt --room '!a:example.org' -o room.txt",
        text: 'Keeps one room',
      },
    ],
    args: [{ name: 'file', text: 'key export file', value: 'file' }],
    options: [
      PASSPHRASE_OPTION,
      { flags: '--room <id>', text: 'keep keys of this room', repeatable: true },
      { flags: '--session <id>', text: 'keep this session', repeatable: true },
      OUTPUT,
      ...CONFIRM_OPTIONS,
    ],
    json: 'document',
    load: () => import('../commands/file-filter.ts'),
  },
]

const MESSAGES: readonly CommandDefinition[] = [
  {
    name: 'events decrypt',
    summary: 'decrypt events with the keys of a key file',
    examples: [
      {
        line: 'roomkeys events decrypt events.jsonl --keys keys.txt',
        text: 'Prints one JSON line an event',
      },
    ],
    args: [
      {
        name: 'file',
        text: 'events, as lines or as an array of JSON; - for standard input',
        value: 'file',
      },
    ],
    options: [
      {
        flags: '--keys <file>',
        text: 'key export file, snapshot, or session records as JSON',
        value: 'file',
        required: true,
      },
      { flags: '--room <id>', text: 'the room of events that do not name theirs' },
      PASSPHRASE_OPTION,
      KEY_FILE,
    ],
    json: 'lines',
    load: () => import('../commands/events-decrypt.ts'),
  },
  {
    name: 'attachment decrypt',
    summary: 'decrypt an attachment',
    examples: [
      {
        line: 'roomkeys attachment decrypt photo.bin --info file.json -o photo.jpg',
        text: 'Uses the file object of the event',
      },
    ],
    args: [{ name: 'file', text: 'encrypted attachment', value: 'file' }],
    options: [
      {
        flags: '--info <file>',
        text: 'JSON of the file object of the event',
        value: 'file',
        required: true,
      },
      OUTPUT,
      ...CONFIRM_OPTIONS,
    ],
    json: 'document',
    load: () => import('../commands/attachment-decrypt.ts'),
  },
  {
    name: 'attachment encrypt',
    summary: 'encrypt an attachment',
    examples: [
      {
        line: 'roomkeys attachment encrypt photo.jpg -o photo.bin --info file.json',
        text: 'Writes the file object beside it',
      },
    ],
    args: [{ name: 'file', text: 'what to encrypt', value: 'file' }],
    options: [
      {
        flags: '--info <file>',
        text: 'where the file object goes; it holds the key',
        value: 'file',
        required: true,
      },
      OUTPUT,
      ...CONFIRM_OPTIONS,
    ],
    json: 'document',
    load: () => import('../commands/attachment-encrypt.ts'),
  },
]

/** Commands that work on files alone. */
export const FILE_COMMANDS: readonly CommandDefinition[] = [...KEY_FILES, ...MESSAGES]

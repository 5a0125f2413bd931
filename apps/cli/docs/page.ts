/** The page of the documentation, made of the definitions. */
import { COMMANDS } from '../src/commands.ts'
import type { ArgumentDefinition, CommandDefinition, OptionDefinition } from '../src/definition.ts'
import { GLOBAL_OPTIONS } from '../src/definitions/options.ts'
import { EXIT, EXIT_TEXTS } from '../src/exit-codes.ts'
import { SCHEMAS } from '../src/json-schemas.ts'

const HEAD = `# The roomkeys command

<!-- Made by scripts/cli-docs.ts from apps/cli/src/definitions. Change it there. -->

\`npx roomkeys <command>\`, or \`npm install --global roomkeys\`. Every command has \`--help\`.

- Data goes to standard output, everything else to standard error.
- Secrets come from files, standard input, environment variables or a hidden prompt, never from arguments:
  others on the machine can see those.
- Files are written with mode 0600, under a temporary name, and renamed when they are whole.
- Commands that delete or replace show what will happen and ask: \`--dry-run\` only shows, \`--yes\` does not ask.
- \`NO_COLOR\`, \`FORCE_COLOR\` and \`TERM=dumb\` are honoured.`

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['MATRIX_RECOVERY_KEY', 'recovery key: of the backup, or of secret storage'],
  ['MATRIX_SECURITY_PHRASE', 'phrase that opens secret storage'],
  ['ROOMKEYS_PASSPHRASE', 'passphrase of a key file'],
  ['ROOMKEYS_ACCESS_TOKEN', 'access token; the homeserver comes from `--homeserver` or `--user`'],
  ['MATRIX_HOMESERVER', 'address of the homeserver'],
  ['MATRIX_PASSWORD', 'password for `login`'],
  ['ROOMKEYS_DATABASE_URL', 'PostgreSQL of `serve`'],
  ['ROOMKEYS_SERVE_PASSWORD', 'password of the user that `serve` creates'],
  ['ROOMKEYS_REGISTRATION_SECRET', 'registration secret for `conformance`'],
  ['MATRIX_ACCESS_TOKEN', 'access token for `conformance`'],
  ['XDG_CONFIG_HOME', 'where the config folder `roomkeys` is'],
  ['XDG_STATE_HOME', 'where the folder `roomkeys` with unfinished rotations is'],
]

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function argumentText({ name, optional }: ArgumentDefinition): string {
  return optional === true ? `[${name}]` : `<${name}>`
}

function optionRow({ flags, text, choices, repeatable, required }: OptionDefinition) {
  const notes = [
    ...(choices === undefined ? [] : [`one of ${choices.join(', ')}`]),
    ...(repeatable === true ? ['may be repeated'] : []),
    ...(required === true ? ['required'] : []),
  ]
  return [`\`${flags}\``, notes.length === 0 ? text : `${text} (${notes.join('; ')})`]
}

const JSON_TEXTS: Readonly<Record<CommandDefinition['json'], string>> = {
  document: '`--json` prints one document',
  lines: 'Prints JSON lines',
  none: 'Has no JSON form.',
}

/** The members of a schema, to see at a glance; the schema itself says the rest. */
function jsonText({ name, json }: CommandDefinition): string {
  const schema = Object.hasOwn(SCHEMAS, name) ? SCHEMAS[name] : undefined
  if (schema === undefined) return JSON_TEXTS[json]
  const properties: unknown = schema['properties']
  const names = typeof properties === 'object' && properties !== null ? Object.keys(properties) : []
  const members = names.length === 0 ? '' : ` with ${names.map((one) => `\`${one}\``).join(', ')}`
  const pointer = `cli-schema.json#/$defs/${encodeURIComponent(name)}`
  return `${JSON_TEXTS[json]}${members} ([schema](${pointer})).`
}

function commandSection(definition: CommandDefinition): string {
  const { name, summary, description, examples, args = [], options } = definition
  const words = [name, ...args.map(argumentText), ...(options.length > 0 ? ['[options]'] : [])]
  const lines = examples.map(({ line, text }) => `# ${text}\n${line}`)
  const rows = [
    ...args.map((arg) => [`\`${argumentText(arg)}\``, arg.text]),
    ...options.map(optionRow),
  ]
  const parts = [
    `### ${name}`,
    `\`roomkeys ${words.join(' ')}\`: ${summary}.`,
    ...(description === undefined ? [] : [description]),
    `\`\`\`sh\n${lines.join('\n')}\n\`\`\``,
    ...(rows.length === 0 ? [] : [table(['Argument or option', 'Meaning'], rows)]),
    jsonText(definition),
  ]
  return parts.join('\n\n')
}

function exitCodes(): string {
  const rows = Object.entries(EXIT_TEXTS).map(([name, text]) => [
    // The entries of this very object: its keys are those of EXIT.
    String(EXIT[name as keyof typeof EXIT]),
    text,
  ])
  return `## Exit codes\n\n${table(['Code', 'Meaning'], rows)}`
}

function environment(): string {
  const rows = ENVIRONMENT.map(([name, text]) => [`\`${name}\``, text])
  return `## Environment\n\n${table(['Variable', 'Holds'], rows)}`
}

const JSON_SECTION = `## JSON

\`--json\` prints one document, \`{ "roomkeys": 1, "command": "…", … }\`, or one JSON value a line. A failure
prints \`{ "roomkeys": 1, "error": { "code", "message", "hint", "exit_code" } }\` on standard error. The shapes
are in [cli-schema.json](cli-schema.json), as JSON Schema. The number moves when a member changes its
meaning or goes. New members may come at any time: ignore those that you do not know.`

/** The whole page. */
export function cliPage(): string {
  const options = table(['Option', 'Meaning'], GLOBAL_OPTIONS.map(optionRow))
  return `${[
    HEAD,
    exitCodes(),
    environment(),
    JSON_SECTION,
    `## Options of every command\n\n${options}`,
    '## Commands',
    ...COMMANDS.map(commandSection),
  ].join('\n\n')}\n`
}

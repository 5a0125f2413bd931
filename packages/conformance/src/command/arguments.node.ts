/** What is asked of the command. Secrets come from files or from the environment, never from here. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ConformanceError } from '../errors.ts'

/** The forms of a report. */
export const FORMATS = ['text', 'json', 'junit'] as const

/** A form of a report. */
export type Format = (typeof FORMATS)[number]

/** Where the command gets users from. */
export type UserSource =
  | { readonly kind: 'dummy' }
  | { readonly kind: 'shared-secret'; readonly secret: string }
  | { readonly kind: 'tokens'; readonly tokens: readonly string[] }

/** What to do. */
export type Task =
  | { readonly kind: 'help' }
  | { readonly kind: 'list' }
  | {
      readonly kind: 'run'
      readonly baseUrl: string
      readonly users: UserSource
      readonly format: Format
      /** A file, or `null` for standard output. */
      readonly output: string | null
      readonly seed: number | null
      readonly only: readonly string[] | null
      readonly concurrency: number | null
      readonly timeoutMs: number | null
      readonly fixtures: 'strict' | 'lenient'
      /** Content of the file, or `null`. */
      readonly knownDifferences: string | null
    }

/** What the command may read. */
export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly readFile: (path: string) => string
}

/** Environment variables that hold secrets. */
const SECRET = 'ROOMKEYS_REGISTRATION_SECRET'
const TOKEN = 'MATRIX_ACCESS_TOKEN'

/** How the command is used. */
export function usage(): string {
  return `Usage: roomkeys-conformance <baseUrl> [options]
       roomkeys-conformance --list

  --register dummy|shared-secret  make a user for each case; the secret is read
                                  from --secret-file or ${SECRET}
  --secret-file F                 file that holds the shared secret
  --tokens-file F                 access tokens of users without a backup, one a
                                  line; ${TOKEN} holds a single one
  --format text|json|junit        form of the report (text)
  --output F                      write the report to a file
  --seed N                        repeat an earlier run
  --only IDS                      run these cases, separated by commas
  --concurrency N                 cases at once (4)
  --timeout SECONDS               longest wait for one answer (30)
  --lenient                       fixtures may be strings where the specification
                                  has objects
  --known-differences F           JSON list of { "id", "reason" }: cases that are
                                  known to fail
  --list                          print the cases with their sources
  --help                          print this

Exit code: 0 as expected, 1 not as expected, 2 no verdict or wrong usage.
`
}

const OPTIONS = {
  register: { type: 'string' },
  'secret-file': { type: 'string' },
  'tokens-file': { type: 'string' },
  format: { type: 'string' },
  output: { type: 'string' },
  seed: { type: 'string' },
  only: { type: 'string' },
  concurrency: { type: 'string' },
  timeout: { type: 'string' },
  lenient: { type: 'boolean' },
  'known-differences': { type: 'string' },
  list: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Node's own way to read what a command is given. */
export const PLATFORM_SOURCES: Sources = {
  env: process.env,
  readFile: (path) => readFileSync(path, 'utf8'),
}

function read({ readFile }: Sources, path: string): string {
  try {
    return readFile(path)
  } catch (error) {
    throw new ConformanceError('bad_file', `Cannot read ${path}`, { cause: error })
  }
}

function wholeNumber(text: string | undefined, name: string): number | null {
  if (text === undefined) return null
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new TypeError(`--${name} takes a whole number`)
}

function formatOf(text = 'text'): Format {
  const format = FORMATS.find((one) => one === text)
  if (format !== undefined) return format
  throw new TypeError(`--format takes ${FORMATS.join(', ')}`)
}

type Values = ReturnType<typeof parse>['values']

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
}

function lines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}

function sharedSecret(values: Values, sources: Sources): string {
  const file = values['secret-file']
  const secret = file === undefined ? sources.env[SECRET] : read(sources, file)
  if (secret === undefined || secret.trim() === '')
    throw new TypeError(`--register shared-secret needs --secret-file or ${SECRET}`)
  return secret.trim()
}

function registrationOf(values: Values, sources: Sources): UserSource {
  if (values.register === 'dummy') return { kind: 'dummy' }
  if (values.register !== 'shared-secret')
    throw new TypeError('--register takes dummy or shared-secret')
  return { kind: 'shared-secret', secret: sharedSecret(values, sources) }
}

function usersOf(values: Values, sources: Sources): UserSource {
  const file = values['tokens-file']
  if (values.register !== undefined && file !== undefined)
    throw new TypeError('--register and --tokens-file exclude each other')
  if (values.register !== undefined) return registrationOf(values, sources)
  const tokens = lines(file === undefined ? (sources.env[TOKEN] ?? '') : read(sources, file))
  if (tokens.length > 0) return { kind: 'tokens', tokens }
  throw new TypeError(`Users are needed: --register, --tokens-file or ${TOKEN}`)
}

function runOf(baseUrl: string, values: Values, sources: Sources): Task {
  const known = values['known-differences']
  const seconds = wholeNumber(values.timeout, 'timeout')
  return {
    kind: 'run',
    baseUrl,
    users: usersOf(values, sources),
    format: formatOf(values.format),
    output: values.output ?? null,
    seed: wholeNumber(values.seed, 'seed'),
    only: values.only?.split(',').map((id) => id.trim()) ?? null,
    concurrency: wholeNumber(values.concurrency, 'concurrency'),
    timeoutMs: seconds === null ? null : seconds * 1000,
    fixtures: values.lenient === true ? 'lenient' : 'strict',
    knownDifferences: known === undefined ? null : read(sources, known),
  }
}

/**
 * Reads the arguments, and the files and variables that they name.
 *
 * @throws TypeError for wrong usage; ConformanceError `bad_file`
 */
export function parseArguments(args: readonly string[], sources: Sources): Task {
  const { values, positionals } = parse(args)
  if (values.help === true) return { kind: 'help' }
  if (values.list === true) return { kind: 'list' }
  const [baseUrl, ...more] = positionals
  if (baseUrl === undefined || more.length > 0) throw new TypeError('One base URL is needed')
  return runOf(baseUrl, values, sources)
}

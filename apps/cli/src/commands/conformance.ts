/** `roomkeys conformance URL`: the conformance kit, against any server. */
import {
  CASES,
  dummyRegistration,
  exitCodeOf,
  givenTokens,
  jsonReport,
  junitReport,
  parseKnownDifferences,
  type Report,
  runCases,
  type RunOptions,
  sourceText,
  textReport,
  type UserFactory,
} from '@roomkeys/conformance'
import { httpTransport, sharedSecretRegistration } from '@roomkeys/conformance/node'
import type { CommandContext, Run } from '../context.ts'
import { CliError } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { writeAtomically } from '../io/atomic-file.ts'
import { mayCreate } from '../io/new-file.ts'
import { readTextFile } from '../io/read-limited.ts'
import { findSecret, type SecretSource } from '../io/secrets.ts'

const MAX_KNOWN_BYTES = 1_048_576

const SECRET: SecretSource = {
  name: 'registration secret',
  option: 'secretFile',
  env: 'ROOMKEYS_REGISTRATION_SECRET',
}

const TOKENS: SecretSource = {
  name: 'list of access tokens',
  option: 'tokensFile',
  env: 'MATRIX_ACCESS_TOKEN',
}

const WRITERS: Readonly<Record<string, (report: Report) => string>> = {
  text: textReport,
  json: jsonReport,
  junit: junitReport,
}

/** One a line; lines with # are remarks. */
function tokensIn(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}

async function registration(context: CommandContext): Promise<UserFactory> {
  if (context.options.text('register') === 'dummy') return dummyRegistration()
  const secret = await findSecret(context, SECRET)
  if (secret !== null) return sharedSecretRegistration(secret.trim())
  throw new CliError('usage', 'The registration secret is needed.', {
    hint: 'Give --secret-file FILE or ROOMKEYS_REGISTRATION_SECRET.',
  })
}

async function usersOf(context: CommandContext): Promise<UserFactory> {
  const { options } = context
  const registers = options.text('register') !== null
  if (registers && options.text('tokensFile') !== null)
    throw new CliError('usage', '--register and --tokens-file exclude each other.')
  if (registers) return registration(context)
  const tokens = tokensIn((await findSecret(context, TOKENS)) ?? '')
  if (tokens.length > 0) return givenTokens(tokens)
  throw new CliError('usage', 'Users are needed.', {
    hint: 'Give --register dummy, --tokens-file FILE, or MATRIX_ACCESS_TOKEN.',
  })
}

/** Servers under test are often without TLS; their users are made for the test. */
function testedAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url !== null && /^https?:$/.test(url.protocol)) return url.href.replace(/\/+$/, '')
  throw new CliError('usage', 'The address of the server begins with http:// or https://.')
}

async function optionsOf(context: CommandContext, url: string): Promise<RunOptions> {
  const { options, signal } = context
  const only = options.text('only')
  const known = options.text('knownDifferences')
  const limits = { what: 'The file of known differences', maxBytes: MAX_KNOWN_BYTES }
  const seconds = options.number('timeout')
  const seed = options.number('seed')
  const concurrency = options.number('concurrency')
  return {
    transport: httpTransport(testedAddress(url)),
    users: await usersOf(context),
    fixtures: options.flag('lenient') ? 'lenient' : 'strict',
    signal,
    ...(seed !== null && { seed }),
    ...(concurrency !== null && { concurrency }),
    ...(seconds !== null && { timeoutMs: seconds * 1000 }),
    ...(only !== null && { only: only.split(',').map((id) => id.trim()) }),
    ...(known !== null && {
      knownDifferences: parseKnownDifferences(await readTextFile(known, limits)),
    }),
  }
}

async function runKit(context: CommandContext, url: string): Promise<Report> {
  const total = context.options.text('only') === null ? CASES.length : null
  const progress = context.output.progress({ label: 'Testing', unit: 'cases', total })
  let done = 0
  try {
    return await runCases({
      ...(await optionsOf(context, url)),
      onResult: () => {
        done++
        progress.update(done)
      },
    })
  } finally {
    progress.end()
  }
}

/** The file of the report; `null` is standard output. */
function reportFile({ options }: CommandContext): string | null {
  const path = options.text('output')
  return path === '-' ? null : path
}

async function tellReport(context: CommandContext, report: Report): Promise<void> {
  const { options, output } = context
  const writer = WRITERS[options.text('format') ?? 'text'] ?? textReport
  const path = reportFile(context)
  if (path !== null) await writeAtomically(path, (file) => file.write(writer(report)))
  const { outcome, seed, totals } = report
  const results: unknown = path === null ? report.results : null
  await output.result({ outcome, seed, totals, results, output: path }, () =>
    path === null ? writer(report).trimEnd() : `${outcome}; the report is in ${path}.`,
  )
}

async function list({ output }: CommandContext): Promise<ExitCode> {
  const cases = CASES.map(({ id, severity, title, source, operations }) => {
    return { id, severity, title, source: sourceText(source), operations }
  })
  await output.result({ cases }, () =>
    cases
      .map(
        ({ id, severity, title, source, operations }) =>
          `${id}  [${severity}] ${title}\n      ${operations.join(' ')}  ${source}`,
      )
      .join('\n'),
  )
  return EXIT.ok
}

/** Where a run without a verdict ends. */
const EXIT_OF: Readonly<Record<number, ExitCode>> = { 0: EXIT.ok, 1: EXIT.error, 2: EXIT.partial }

/** Tests a server. Ends with 1 when a case came out otherwise, and with 5 when one has no verdict. */
export const run: Run = async (context) => {
  if (context.options.flag('list')) return list(context)
  const [url] = context.args
  if (url === undefined)
    throw new CliError('usage', 'Which server?', {
      hint: 'roomkeys conformance http://localhost:8008',
    })
  const path = reportFile(context)
  if (path !== null && !(await mayCreate(context, path))) return EXIT.ok
  const report = await runKit(context, url)
  context.signal.throwIfAborted()
  await tellReport(context, report)
  return EXIT_OF[exitCodeOf(report)] ?? EXIT.error
}

/** The command: runs what its arguments ask for and says what came of it. */
import { CASES } from '../cases/all.ts'
import type { ConformanceCase } from '../case.ts'
import { httpTransport } from '../http-transport.node.ts'
import { parseKnownDifferences } from '../known-differences.ts'
import { jsonReport } from '../report/json.ts'
import { junitReport } from '../report/junit.ts'
import { exitCodeOf, type Report } from '../report/report.ts'
import { textReport } from '../report/text.ts'
import { runCases, type RunOptions } from '../run.ts'
import { sourceText } from '../source.ts'
import { dummyRegistration } from '../users/dummy-registration.ts'
import type { UserFactory } from '../users/factory.ts'
import { givenTokens } from '../users/given-users.ts'
import { sharedSecretRegistration } from '../users/shared-secret.node.ts'
import {
  type Format,
  parseArguments,
  type Sources,
  type Task,
  usage,
  type UserSource,
} from './arguments.node.ts'

/** What the command reads and writes. */
export interface CommandPorts extends Sources {
  readonly writeFile: (path: string, text: string) => void
  /** Standard output. */
  readonly print: (text: string) => void
  /** Standard error. */
  readonly complain: (text: string) => void
  readonly signal?: AbortSignal
}

/** What a process ends with. */
export type ExitCode = 0 | 1 | 2

const WRITERS: Readonly<Record<Format, (report: Report) => string>> = {
  text: textReport,
  json: jsonReport,
  junit: junitReport,
}

function factoryOf(users: UserSource): UserFactory {
  switch (users.kind) {
    case 'dummy':
      return dummyRegistration()
    case 'shared-secret':
      return sharedSecretRegistration(users.secret)
    case 'tokens':
      return givenTokens(users.tokens)
  }
}

function caseLine({ id, severity, title, source, operations }: ConformanceCase): string {
  return `${id}  [${severity}] ${title}\n      ${operations.join(' ')}  ${sourceText(source)}\n`
}

type RunTask = Extract<Task, { readonly kind: 'run' }>

function optionsOf(task: RunTask, { signal }: CommandPorts): RunOptions {
  const { seed, only, concurrency, timeoutMs, knownDifferences } = task
  return {
    transport: httpTransport(task.baseUrl),
    users: factoryOf(task.users),
    fixtures: task.fixtures,
    ...(seed === null ? {} : { seed }),
    ...(only === null ? {} : { only }),
    ...(concurrency === null ? {} : { concurrency }),
    ...(timeoutMs === null ? {} : { timeoutMs }),
    ...(knownDifferences === null
      ? {}
      : { knownDifferences: parseKnownDifferences(knownDifferences) }),
    ...(signal === undefined ? {} : { signal }),
  }
}

async function runTask(task: RunTask, ports: CommandPorts): Promise<ExitCode> {
  const report = await runCases(optionsOf(task, ports))
  const text = WRITERS[task.format](report)
  if (task.output === null) ports.print(text)
  else ports.writeFile(task.output, text)
  return exitCodeOf(report)
}

async function perform(task: Task, ports: CommandPorts): Promise<ExitCode> {
  if (task.kind === 'run') return runTask(task, ports)
  ports.print(task.kind === 'help' ? usage() : CASES.map(caseLine).join(''))
  return 0
}

/** Runs the command. What goes wrong is told in one line, without a secret in it. */
export async function runCommand(args: readonly string[], ports: CommandPorts): Promise<ExitCode> {
  try {
    return await perform(parseArguments(args, ports), ports)
  } catch (error) {
    ports.complain(`${error instanceof Error ? error.message : 'unknown error'}\n`)
    return 2
  }
}

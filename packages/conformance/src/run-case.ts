/** Runs one case: gets its users, gives it its context, judges how it ended, and cleans up. */
import type { Answer } from './answer.ts'
import type { CaseContext, ConformanceCase, Hooks, Need } from './case.ts'
import { type Ask, type Client, createClient, createdVersion, send, type Wire } from './client.ts'
import { CheckFailed, NotApplicable } from './errors.ts'
import { randomName, randomOf, randomRoomId, randomSessionId } from './random.ts'
import { excerpt, redact } from './report/redact.ts'
import type { CaseResult, Exchange } from './report/report.ts'
import { versionPath } from './requests.ts'
import { sourceText } from './source.ts'
import type { TestUser } from './users/factory.ts'
import type { UserPool } from './users/pool.ts'

/** What all cases of a run share. */
export interface RunContext {
  readonly seed: number
  readonly wire: Wire
  readonly pool: UserPool
  readonly fixtures: 'strict' | 'lenient'
  readonly hooks: Hooks
  /** Milliseconds since some moment. */
  readonly now: () => number
  /** Whatever must not be reported; users of the run are added. */
  readonly secrets: Set<string>
}

const MAX_BODY_EXCERPT = 500
const MAX_DETAIL = 1000

interface Created {
  readonly client: Client
  readonly version: string
}

/** What one case leaves traces in. */
interface Trace {
  lastAnswer: Answer | null
  readonly created: Created[]
}

const MISSING: Readonly<Record<Need, string>> = {
  verbatim: 'the transport rewrites paths and headers',
  password: 'the password of the user is not known',
  created_user: 'a given user is not used up',
  restart: 'there is no way to restart the server',
  memory: 'there is no way to ask for the memory of the server',
  strict: 'fixtures are lenient',
}

function hasNeed(need: Need, run: RunContext): boolean {
  switch (need) {
    case 'verbatim':
      return run.wire.transport.verbatim
    case 'restart':
      return run.hooks.restart !== undefined
    case 'memory':
      return run.hooks.memory !== undefined
    case 'strict':
      return run.fixtures === 'strict'
    case 'created_user':
      return !run.pool.given
    case 'password':
      return true
  }
}

function requireNeeds({ needs = [] }: ConformanceCase, run: RunContext): void {
  const missing = needs.find((need) => !hasNeed(need, run))
  if (missing !== undefined) throw new NotApplicable(MISSING[missing])
}

function requirePasswords({ needs = [] }: ConformanceCase, users: readonly TestUser[]): void {
  if (needs.includes('password') && users.some(({ password }) => password === undefined))
    throw new NotApplicable(MISSING.password)
}

/** A client that remembers what it saw and what it made. */
function tracedClient(
  user: Parameters<typeof createClient>[0],
  run: RunContext,
  trace: Trace,
): Client {
  const client: Client = createClient(user, async (ask: Ask) => {
    const answer = await send(run.wire, ask)
    trace.lastAnswer = answer
    const version = createdVersion(ask, answer)
    if (version !== null) trace.created.push({ client, version })
    return answer
  })
  return client
}

/** A user with a backup is left alone by every case that writes. */
async function requireNoBackup(one: ConformanceCase, clients: readonly Client[]): Promise<void> {
  if (one.effect === 'reads') return
  for (const client of clients) {
    const { status } = await client.get(versionPath())
    if (status === 200) throw new NotApplicable('the given user has a backup, which is left alone')
  }
}

function contextOf(
  one: ConformanceCase,
  run: RunContext,
  { trace, clients }: { readonly trace: Trace; readonly clients: readonly Client[] },
): CaseContext {
  const [user, ...others] = clients
  if (user === undefined) throw new TypeError(`${one.id} asks for no user`)
  const random = randomOf(run.seed, one.id)
  return {
    user,
    others,
    nobody: tracedClient({ userId: user.userId, accessToken: null }, run, trace),
    withToken: (accessToken) => {
      run.secrets.add(accessToken)
      return tracedClient({ ...user, accessToken }, run, trace)
    },
    roomId: () => randomRoomId(random),
    sessionId: () => randomSessionId(random),
    random,
    fixtures: run.fixtures,
    hooks: run.hooks,
    sleep: (milliseconds) => run.wire.sleep(milliseconds, run.wire.signal),
    lastAnswer: () => trace.lastAnswer,
  }
}

/** Deletes every version that the case made; tells of those that are still there. */
async function cleanUp({ created }: Trace): Promise<readonly string[]> {
  const leftBehind: string[] = []
  for (const { client, version } of created.toReversed()) {
    const gone = await client.delete(versionPath(version)).then(
      ({ status }) => status === 200 || status === 404 || status === 401,
      () => false,
    )
    if (!gone) leftBehind.push(version)
  }
  return leftBehind
}

type Verdict = Pick<CaseResult, 'status' | 'detail' | 'exchange' | 'leftBehind'>

function exchangeOf({ request, status, text }: Answer, run: RunContext): Exchange {
  const clean = (value: string): string => excerpt(redact(value, run.secrets), MAX_BODY_EXCERPT)
  return { request: clean(request), status, body: clean(text) }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return 'something was thrown that is no error'
  const { cause } = error
  return cause instanceof Error ? `${error.message} (${cause.message})` : error.message
}

function verdictOn(error: unknown, run: RunContext, trace: Trace): Verdict {
  const detail = excerpt(redact(messageOf(error), run.secrets), MAX_DETAIL)
  if (error instanceof NotApplicable) return { status: 'not_applicable', detail }
  const status = error instanceof CheckFailed ? 'failed' : 'error'
  const seen = (error instanceof CheckFailed ? error.answer : null) ?? trace.lastAnswer
  return { status, detail, ...(seen === null ? {} : { exchange: exchangeOf(seen, run) }) }
}

async function runWithUsers(
  one: ConformanceCase,
  run: RunContext,
  users: readonly TestUser[],
): Promise<Verdict> {
  const trace: Trace = { lastAnswer: null, created: [] }
  const clients = users.map((user) => tracedClient(user, run, trace))
  let verdict: Verdict = { status: 'passed' }
  try {
    requirePasswords(one, users)
    if (run.pool.given) await requireNoBackup(one, clients)
    await one.run(contextOf(one, run, { trace, clients }))
  } catch (error) {
    verdict = verdictOn(error, run, trace)
  }
  const leftBehind = await cleanUp(trace)
  return leftBehind.length === 0 ? verdict : { ...verdict, leftBehind }
}

async function judge(one: ConformanceCase, run: RunContext): Promise<Verdict> {
  const name = `conformance-${randomName(randomOf(run.seed, `user of ${one.id}`), 10)}`
  let users: readonly TestUser[] = []
  try {
    requireNeeds(one, run)
    users = await run.pool.take(one.users ?? 1, name)
    for (const { accessToken, password } of users)
      for (const secret of [accessToken, password ?? '']) run.secrets.add(secret)
    return await runWithUsers(one, run, users)
  } catch (error) {
    return verdictOn(error, run, { lastAnswer: null, created: [] })
  } finally {
    run.pool.giveBack(users)
  }
}

/** Runs one case. Whatever it throws is in the result. */
export async function runCase(one: ConformanceCase, run: RunContext): Promise<CaseResult> {
  const { id, title, severity, operations } = one
  const started = run.now()
  const verdict = await judge(one, run)
  const milliseconds = Math.round(run.now() - started)
  const source = sourceText(one.source)
  return { id, title, severity, source, operations, ...verdict, milliseconds }
}

/** A case: one rule, and how to see whether a server keeps it. */
import type { Client } from './client.ts'
import type { Answer } from './answer.ts'
import type { OperationId } from './operations.ts'
import type { Random } from './random.ts'
import type { Source } from './source.ts'

/**
 * How much a rule binds. `must`: the specification demands it. `should`: the specification or common
 * clients lean on it. `ours`: where the specification is silent, what we hold to be safe.
 */
export type Severity = 'must' | 'should' | 'ours'

/** Every severity, the strictest first. */
export const SEVERITIES: readonly Severity[] = Object.freeze(['must', 'should', 'ours'])

/** What a run can do beside HTTP. */
export interface Hooks {
  /** Stops the server and starts it again at the same address; resolves once it answers. */
  readonly restart?: () => Promise<void>
  /** Bytes of memory that the server holds now. */
  readonly memory?: () => Promise<number>
}

/** What a case is given. */
export interface CaseContext {
  /** A user without any backup. */
  readonly user: Client
  /** The further users that the case asked for, each without a backup as well. */
  readonly others: readonly Client[]
  /** Asks without an access token. */
  readonly nobody: Client
  /** Asks as a user of the case with another access token. */
  readonly withToken: (accessToken: string) => Client
  /** A fresh room id on each call; the same ones for the same seed. */
  readonly roomId: () => string
  /** A fresh session id on each call; the same ones for the same seed. */
  readonly sessionId: () => string
  readonly random: Random
  /** Whether fixtures may be strings where the specification has objects. */
  readonly fixtures: 'strict' | 'lenient'
  readonly hooks: Hooks
  readonly sleep: (milliseconds: number) => Promise<void>
  /** The answer that came last; what a failed check is reported with. */
  readonly lastAnswer: () => Answer | null
}

/** What a case cannot do without. */
export type Need = 'verbatim' | 'password' | 'created_user' | 'restart' | 'memory' | 'strict'

/** One case. Adding one to its theme's list is all there is to do. */
export interface ConformanceCase {
  /** Unique and stable: known differences name it. */
  readonly id: string
  /** The rule, in one sentence. */
  readonly title: string
  readonly source: Source
  readonly severity: Severity
  readonly operations: readonly OperationId[]
  /** Users that the case needs; one, unless given. */
  readonly users?: number
  readonly needs?: readonly Need[]
  /** `reads`: the case changes nothing, so that it may run on a user who has a backup. */
  readonly effect?: 'reads' | 'writes'
  /** `alone`: nothing else runs meanwhile. */
  readonly company?: 'any' | 'alone'
  /** Resolves when the server keeps the rule; a failed check throws. */
  readonly run: (context: CaseContext) => Promise<void>
}

/**
 * The conformance kit: every rule of `/room_keys` as a case that runs against any server over HTTP.
 *
 * `@roomkeys/conformance/node` has what needs Node: a transport that sends paths as they are, and
 * registration with a shared secret.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#server-side-key-backups
 */
export { SEVERITIES } from './case.ts'
export { CASES } from './cases/all.ts'
export { CheckFailed, ConformanceError, NotApplicable } from './errors.ts'
export { fetchTransport } from './fetch-transport.ts'
export { parseKnownDifferences } from './known-differences.ts'
export { OPERATIONS } from './operations.ts'
export { jsonReport } from './report/json.ts'
export { junitReport } from './report/junit.ts'
export { exitCodeOf } from './report/report.ts'
export { textReport } from './report/text.ts'
export { runCases, selectCases } from './run.ts'
export { sourceText } from './source.ts'
export { dummyRegistration } from './users/dummy-registration.ts'
export { givenTokens, givenUsers } from './users/given-users.ts'

export type { Answer } from './answer.ts'
export type { CaseContext, ConformanceCase, Hooks, Need, Severity } from './case.ts'
export type { Ask, Client, Wire } from './client.ts'
export type { ConformanceErrorCode } from './errors.ts'
export type { FetchTransportOptions } from './fetch-transport.ts'
export type { KnownDifference } from './known-differences.ts'
export type { Operation, OperationId } from './operations.ts'
export type { Random } from './random.ts'
export type { CaseResult, CaseStatus, Exchange, Report, Totals } from './report/report.ts'
export type { RunOptions } from './run.ts'
export type { Source } from './source.ts'
export type { Transport, WireRequest, WireResponse } from './transport.ts'
export type { RandomText } from './users/dummy-registration.ts'
export type { NewUser, TestUser, UserFactory } from './users/factory.ts'

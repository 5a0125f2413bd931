/** A report for people. */
import { SEVERITIES, type Severity } from '../case.ts'
import { type CaseResult, isUnexpected, type Report, type Totals } from './report.ts'

const LABELS: Readonly<Record<CaseResult['status'], string>> = {
  passed: 'PASS ',
  failed: 'FAIL ',
  not_applicable: 'n/a  ',
  error: 'ERROR',
}

function labelOf(result: CaseResult): string {
  if (result.knownDifference === undefined) return LABELS[result.status]
  return result.status === 'failed' ? 'known' : LABELS[result.status]
}

/** Control characters of an answer would play with the terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) =>
    character === '\n' ? '\n      ' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

function linesOf(result: CaseResult): readonly string[] {
  const { id, title, severity, source, detail, exchange, knownDifference, leftBehind } = result
  const unexpectedPass = knownDifference !== undefined && result.status === 'passed'
  return [
    `${labelOf(result)} ${id}  [${severity}] ${title}`,
    ...(detail === undefined ? [] : [`      ${printable(detail)}`]),
    ...(exchange === undefined
      ? []
      : [`      ${printable(`${exchange.request} → ${exchange.status} ${exchange.body}`)}`]),
    ...(knownDifference === undefined ? [] : [`      known difference: ${knownDifference}`]),
    ...(unexpectedPass ? ['      it passes now: take it out of the known differences'] : []),
    ...(leftBehind === undefined ? [] : [`      left behind: version ${leftBehind.join(', ')}`]),
    ...(result.status === 'failed' || result.status === 'error' ? [`      ${source}`] : []),
  ]
}

function totalLine(severity: Severity, totals: Totals): string {
  const { passed, failed, not_applicable, error } = totals
  const counts = [
    `${passed} passed`,
    `${failed} failed`,
    `${not_applicable} not applicable`,
    `${error} without a verdict`,
  ]
  return `${severity.padEnd(6)}  ${counts.join(', ')}`
}

/** Cases that passed as expected are counted and not listed. */
function isWorthALine(result: CaseResult): boolean {
  return result.status !== 'passed' || isUnexpected(result) || result.leftBehind !== undefined
}

/** Writes a report: what did not pass, then the totals. */
export function textReport(report: Report): string {
  const lines = report.results.filter(isWorthALine).flatMap(linesOf)
  const totals = SEVERITIES.map((severity) => totalLine(severity, report.totals[severity]))
  return [...lines, ...totals, `seed ${report.seed}: ${report.outcome.replace('_', ' ')}`, ''].join(
    '\n',
  )
}

/**
 * A report for continuous integration, in the form of JUnit.
 *
 * A known difference that fails is reported as skipped, and one that passes as failed, so that the file
 * says what the exit code says.
 */
import { type CaseResult, isUnexpected, type Report } from './report.ts'

/** Characters that XML 1.0 cannot hold, however they are escaped. */
const NOT_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
}

function escapeXml(text: string): string {
  return text
    .replaceAll(NOT_XML, '\uFFFD')
    .replaceAll(/[&<>"\n\r\t]/g, (character) => ENTITIES[character] ?? character)
}

function element(name: string, message: string): string {
  return `<${name} message="${escapeXml(message)}"/>`
}

function messageOf({ detail, exchange, source }: CaseResult): string {
  const seen = exchange === undefined ? [] : [`${exchange.request} → ${exchange.status}`]
  return [detail ?? '', ...seen, ...(exchange === undefined ? [] : [exchange.body]), source].join(
    '\n',
  )
}

function verdictOf(result: CaseResult): string {
  const { status, knownDifference } = result
  if (isUnexpected(result) && status === 'passed')
    return element('failure', `known to fail, and passes: ${knownDifference ?? ''}`)
  if (isUnexpected(result)) return element('failure', messageOf(result))
  if (status === 'error') return element('error', messageOf(result))
  if (status === 'failed') return element('skipped', `known difference: ${knownDifference ?? ''}`)
  return status === 'not_applicable' ? element('skipped', result.detail ?? '') : ''
}

function testCase(result: CaseResult): string {
  const { id, title, severity, milliseconds } = result
  const name = escapeXml(`${id} ${title}`)
  const time = (milliseconds / 1000).toFixed(3)
  return `  <testcase classname="room_keys.${severity}" name="${name}" time="${time}">${verdictOf(result)}</testcase>`
}

/** Writes a report as JUnit XML. */
export function junitReport({ results, seed }: Report): string {
  const verdicts = results.map(verdictOf)
  const count = (name: string): number =>
    verdicts.filter((verdict) => verdict.startsWith(`<${name} `)).length
  const seconds = results.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="room_keys, seed ${seed}" tests="${results.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" time="${seconds.toFixed(3)}">`,
    ...results.map(testCase),
    '</testsuite>',
    '',
  ].join('\n')
}

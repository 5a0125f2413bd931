/** What a restore came to, in words. Nothing restored is never told as a success. */
import type { RestoreReport } from '@roomkeys/client'
import { counted, written } from './counted.ts'

/** The outcome of a restore as the page shows it. */
export interface Verdict {
  readonly tone: 'good' | 'warning' | 'bad'
  readonly heading: string
  readonly text: string
}

/** What is not there, e.g. `2 keys could not be opened.` */
function shortfall({ failed, missing }: RestoreReport): string {
  const failures = failed > 0 ? [`${counted(failed, 'key')} could not be opened.`] : []
  const absent = missing > 0 ? [`${counted(missing, 'key')} announced but not sent.`] : []
  return [...failures, ...absent].join(' ')
}

function nothingText(report: RestoreReport): string {
  return report.failed + report.missing === 0
    ? 'The backup is empty: there is nothing in it to restore.'
    : `Not one key came out of the backup. ${shortfall(report)}`
}

/** Puts a report into words. */
export function verdictOf(report: RestoreReport): Verdict {
  const { result, opened, total, missing } = report
  switch (result) {
    case 'complete':
      return {
        tone: 'good',
        heading: 'All keys restored',
        text: `${counted(opened, 'key')} opened: everything that is in the backup.`,
      }
    case 'partial':
      return {
        tone: 'warning',
        heading: 'Some keys are missing',
        text: `${written(opened)} of ${counted(total + missing, 'key')} opened. ${shortfall(report)}`,
      }
    case 'nothing':
      return { tone: 'bad', heading: 'No key was restored', text: nothingText(report) }
  }
}

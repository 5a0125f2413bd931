/** A report for programs. */
import type { Report } from './report.ts'

/** Writes a report as JSON. */
export function jsonReport(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`
}

import type { RestoreReport } from '@roomkeys/client'
import { backupVersion } from '@roomkeys/types'
import { describe, expect, it } from 'vitest'
import { verdictOf } from './verdict.ts'

function report(
  result: RestoreReport['result'],
  [opened, failed, missing]: readonly [number, number, number],
): RestoreReport {
  const total = opened + failed
  return { version: backupVersion('1'), result, total, opened, failed, failures: {}, missing }
}

describe('verdictOf', () => {
  it('calls a complete restore good', () => {
    expect(verdictOf(report('complete', [1_250, 0, 0]))).toEqual({
      tone: 'good',
      heading: 'All keys restored',
      text: '1,250 keys opened: everything that is in the backup.',
    })
  })

  it('says what a partial restore lacks', () => {
    expect(verdictOf(report('partial', [7, 1, 2]))).toEqual({
      tone: 'warning',
      heading: 'Some keys are missing',
      text: '7 of 10 keys opened. 1 key could not be opened. 2 keys announced but not sent.',
    })
  })

  it.each([
    [0, 0, 'The backup is empty: there is nothing in it to restore.'],
    [2, 0, 'Not one key came out of the backup. 2 keys could not be opened.'],
    [0, 3, 'Not one key came out of the backup. 3 keys announced but not sent.'],
  ])('never calls nothing a success (%i failed, %i missing)', (failed, missing, text) => {
    const verdict = verdictOf(report('nothing', [0, failed, missing]))
    expect(verdict).toEqual({ tone: 'bad', heading: 'No key was restored', text })
  })
})

/** `roomkeys migrate`: the backup under its key, in the format of MSC4048. */
import { megolmBackupV2Unstable } from '@roomkeys/backup/v2'
import type { Run } from '../context.ts'
import { runRotation } from '../rotation/run-rotation.ts'

const WARNING = 'MSC4048 is not accepted: other clients cannot read the new backup.'

/** Runs the command. */
export const run: Run = (context) =>
  runRotation(context, {
    target: { algorithm: megolmBackupV2Unstable, key: 'same' },
    warnings: [WARNING],
  })

/** `roomkeys rotate`: the backup under a new key, with every key in it. */
import type { Run } from '../context.ts'
import { runRotation } from '../rotation/run-rotation.ts'

/** Runs the command. */
export const run: Run = (context) =>
  runRotation(context, { target: { algorithm: null, key: 'new' }, warnings: [] })

/** Restoring: every entry of the backup, and the screen once a frame. */
import type { DecryptionKey } from '@roomkeys/backup'
import type { Client } from '@roomkeys/client'
import { onceAFrame } from '../frames.ts'
import { createCollector } from '../restored.ts'
import type { Progress } from '../state.ts'
import type { Effect } from '../task.ts'

/** Restores the current backup. Cancelled, it keeps nothing. */
export function restore(client: Client, key: DecryptionKey): Effect {
  return async ({ signal, dispatch }) => {
    const screen = onceAFrame<Progress>((progress) => {
      dispatch({ type: 'progressed', progress })
    })
    const collector = createCollector()
    try {
      for await (const event of client.restore(key, { signal })) {
        if (event.type === 'version') screen.push({ done: 0, total: event.version.count })
        if (event.type === 'entry') {
          collector.add(event.outcome)
          screen.push({ done: event.done, total: event.total })
        }
        if (event.type === 'finished')
          dispatch({ type: 'restore-finished', restored: collector.finish(event.report) })
      }
    } finally {
      screen.stop()
    }
  }
}

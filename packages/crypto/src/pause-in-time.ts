/** Pauses by the clock. */

/** Half a frame of a screen, in milliseconds. */
const DUE_AFTER = 8

/** Resolves at once, or after a pause if one is due. */
export type PauseIfDue = () => Promise<void>

/** Pauses when the last pause of this function has ended some time ago, whatever has run since. */
export function pausedInTime(pause: () => Promise<void>): PauseIfDue {
  let last = -Infinity
  return async () => {
    if (performance.now() - last < DUE_AFTER) return
    await pause()
    last = performance.now()
  }
}

/** Telling the latest of many values, at most once a frame. */

/** Takes values; the latest is told with the next frame. */
export interface Framed<T> {
  readonly push: (value: T) => void
  /** Forgets what was not told yet. */
  readonly stop: () => void
}

/**
 * Tells the latest value once a frame.
 *
 * @param tell - called with the latest value
 */
export function onceAFrame<T>(tell: (value: T) => void): Framed<T> {
  let latest: { readonly value: T } | null = null
  let frame: number | null = null
  const flush = (): void => {
    frame = null
    if (latest !== null) tell(latest.value)
  }
  const push = (value: T): void => {
    latest = { value }
    frame ??= requestAnimationFrame(flush)
  }
  const stop = (): void => {
    if (frame !== null) cancelAnimationFrame(frame)
    frame = null
    latest = null
  }
  return { push, stop }
}

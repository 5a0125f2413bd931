/** Giving up on a server that stays silent, and on a call that its caller has aborted. */

/** Watches one attempt; its signal aborts with the reason to give up. */
export interface SilenceWatch {
  readonly signal: AbortSignal
  /** Settles when the signal aborts. For a `fetch` that does not look at its signal. */
  readonly aborted: Promise<Error>
  /** The server has sent something: the time starts anew. */
  readonly heard: () => void
  /** The attempt is over. */
  readonly stop: () => void
}

/** What {@link watchSilence} watches. */
export interface SilenceOptions {
  readonly timeoutMs: number
  /** Reason of the abort after `timeoutMs` of silence. */
  readonly silent: () => Error
  /** The caller's signal. */
  readonly signal: AbortSignal | undefined
}

/** Starts to watch an attempt. */
export function watchSilence({ timeoutMs, silent, signal }: SilenceOptions): SilenceWatch {
  const controller = new AbortController()
  const giveUp = (): void => {
    controller.abort(silent())
  }
  const follow = (): void => {
    controller.abort(signal?.reason)
  }
  const aborted = new Promise<Error>((resolve) => {
    controller.signal.addEventListener('abort', () => {
      resolve(silent())
    })
  })
  let timer = setTimeout(giveUp, timeoutMs)
  if (signal?.aborted === true) follow()
  signal?.addEventListener('abort', follow, { once: true })
  return {
    signal: controller.signal,
    aborted,
    heard: () => {
      clearTimeout(timer)
      timer = setTimeout(giveUp, timeoutMs)
    },
    stop: () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', follow)
    },
  }
}

/** How much the engine asks of a server at once. */

/** Sizes of a request, and failures in a row. */
export interface Pace {
  /** Keys in a request. */
  readonly keys: number
  /** Bytes in a request. */
  readonly bytes: number
  readonly attempt: number
}

/** Keys in the first request. */
export const FIRST_BATCH_KEYS = 100
/** Keys in the largest request: what is sealed and held at once. */
export const MAX_BATCH_KEYS = 500
/** Bytes in the largest request: half of what common reverse proxies take. */
export const MAX_BATCH_BYTES = 524_288
/** The random wait before the first batch. */
export const FIRST_BATCH_SPREAD_MS = 10_000
/** An answer within this time lets requests grow. */
export const FAST_ANSWER_MS = 2_000
/** An answer after this time makes them shrink. */
export const SLOW_ANSWER_MS = 10_000
/** How much a fast answer adds. */
const GROWTH_KEYS = 10
const GROWTH_BYTES = 16_384
/** The pace to begin with. */
export const FIRST_PACE: Pace = { keys: FIRST_BATCH_KEYS, bytes: MAX_BATCH_BYTES, attempt: 0 }

/** A request, as it was sent. */
export interface SentSize {
  readonly keys: number
  readonly bytes: number
}

/** Half of what was sent, and never less than one key. */
export function shrink(pace: Pace, sent: SentSize): Pace {
  return {
    ...pace,
    keys: Math.max(1, Math.floor(Math.min(pace.keys, sent.keys) / 2)),
    bytes: Math.max(1, Math.floor(Math.min(pace.bytes, sent.bytes) / 2)),
  }
}

function grow(pace: Pace): Pace {
  return {
    ...pace,
    keys: Math.min(MAX_BATCH_KEYS, pace.keys + GROWTH_KEYS),
    bytes: Math.min(MAX_BATCH_BYTES, pace.bytes + GROWTH_BYTES),
  }
}

/** After an answer: failures are forgotten, and sizes follow the latency. */
export function afterSuccess(pace: Pace, sent: SentSize, latencyMs: number): Pace {
  const calm = { ...pace, attempt: 0 }
  if (latencyMs > SLOW_ANSWER_MS) return shrink(calm, sent)
  return latencyMs <= FAST_ANSWER_MS ? grow(calm) : calm
}

/** Letting other work have its turn: Node has a way that loads nothing. */

/** Resolves in a task of its own: timers and input come in between. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

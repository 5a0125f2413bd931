/** One after the other: what reads before it writes must not run beside another one of its kind. */

/** Runs work in turn; each settles as its own work does. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>

/** Makes a queue. Work that fails holds up nothing. */
export function createQueue(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }
}

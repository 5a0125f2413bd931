/** What was thrown, as an error: promises are rejected with nothing else. */
export function errorOf(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  return new TypeError('Something was thrown that is no error', { cause: thrown })
}

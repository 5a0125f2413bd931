/** A value that changes at most so often. */
import { useEffect, useRef, useState } from 'preact/hooks'

/**
 * The latest value, at most once in `intervalMs`.
 *
 * @param intervalMs - least time between two changes, in milliseconds
 */
export function useThrottled<T>(value: T, intervalMs: number): T {
  const [shown, setShown] = useState(value)
  const lastChange = useRef(-Infinity)
  useEffect(() => {
    if (value === shown) return
    const wait = Math.max(0, lastChange.current + intervalMs - performance.now())
    const timer = setTimeout(() => {
      lastChange.current = performance.now()
      setShown(value)
    }, wait)
    return () => {
      clearTimeout(timer)
    }
  }, [value, shown, intervalMs])
  return shown
}

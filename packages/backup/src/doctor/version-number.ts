/** Versions are opaque strings; most servers count. */

/** The number that a version is written as, or `null`. */
export function versionNumber(version: string): number | null {
  if (!/^[1-9]\d{0,15}$/.test(version)) return null
  const number = Number(version)
  return Number.isSafeInteger(number) ? number : null
}

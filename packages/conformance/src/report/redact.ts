/** Takes tokens out of what is reported. */

const REDACTED = '[redacted]'

/** Whatever stands where tokens stand, known or not. */
const TOKEN_PLACES = [
  /(\bBearer\s+)[^\s"',]+/gi,
  /([?&]access_token=)[^&\s"']+/gi,
  /("(?:access_token|refresh_token|password)"\s*:\s*")[^"]*/g,
]

/** Shorter ones would redact words. */
const MIN_SECRET_LENGTH = 6

/** Replaces every secret, also where it is escaped for a URL, and whatever looks like a token. */
export function redact(text: string, secrets: Iterable<string>): string {
  let clean = text
  for (const secret of secrets) {
    if (secret.length < MIN_SECRET_LENGTH) continue
    clean = clean.replaceAll(secret, REDACTED).replaceAll(encodeURIComponent(secret), REDACTED)
  }
  return TOKEN_PLACES.reduce((all, place) => all.replace(place, `$1${REDACTED}`), clean)
}

/** The start of a text; the cut comes after redaction, so that it leaves no half of a token. */
export function excerpt(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text
  return `${text.slice(0, maxCharacters - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

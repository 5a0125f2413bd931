/** Failures as exit codes and words. Errors of the packages are known by name and code alone. */
import { CliError } from './errors.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { codeOf, systemText } from './system-errors.ts'

/** A failure, told. */
export interface Told {
  readonly exitCode: ExitCode
  /** From a closed set of each package. */
  readonly code: string
  readonly message: string
  /** What to do next, or `null`. */
  readonly hint: string | null
}

/** What codes of the packages mean here. */
const EXIT_OF: Readonly<Record<string, ExitCode>> = {
  unauthorized: EXIT.signIn,
  forbidden: EXIT.signIn,
  not_found: EXIT.notFound,
  version_not_found: EXIT.notFound,
  no_backup: EXIT.notFound,
  no_default_key: EXIT.notFound,
  ENOENT: EXIT.notFound,
  wrong_key: EXIT.wrongKey,
  wrong_passphrase: EXIT.wrongKey,
  key_text_character: EXIT.wrongKey,
  key_text_length: EXIT.wrongKey,
  key_text_prefix: EXIT.wrongKey,
  key_text_parity: EXIT.wrongKey,
}

const HINTS: Readonly<Record<string, string>> = {
  unauthorized: 'Sign in again: roomkeys login @you:example.org',
  offline: 'Check the connection and the address of the homeserver.',
  network: 'Check the connection and the address of the homeserver.',
  no_backup: 'The account has no backup on this server. See roomkeys doctor.',
  no_default_key: 'The account has no secret storage. See roomkeys doctor.',
  wrong_key: 'See roomkeys key inspect: it tells which key this is.',
  key_text_character: 'The key has a character that no key has: compare it letter by letter.',
  key_text_length: 'The key is too short or too long: compare it letter by letter.',
  key_text_prefix: 'This does not begin like a recovery key: it may be something else.',
  key_text_parity: 'The key has a typo: compare it letter by letter.',
  port_in_use: 'Choose another one with --port.',
  store_in_use: 'Another server uses this folder. End it, or choose another --data.',
  malformed_keys: 'They come from roomkeys download, or from GET /room_keys/keys.',
  wrong_passphrase: 'Check the passphrase letter by letter, blanks too.',
  ENOENT: 'Check the path.',
  EACCES: 'Check who may read and write there.',
  EISDIR: 'Give a file.',
  ENOSPC: 'Make room, or write elsewhere.',
}

/** Errors of these names have messages that hold no secret; those of others are not shown. */
const OWN_ERRORS: ReadonlySet<string> = new Set([
  'ApiError',
  'AttachmentError',
  'BackupError',
  'ClientError',
  'ConformanceError',
  'CrossSigningError',
  'CryptoError',
  'EntryError',
  'KeyExportError',
  'MegolmError',
  'SecretStorageError',
  'ServerError',
  'StoreError',
  'TransportError',
  'WireShapeError',
])

/** Failures of requests, for people; those of the layers below are for programmers. */
const REQUEST_TEXTS: Readonly<Record<string, string>> = {
  network: 'The homeserver cannot be reached.',
  offline: 'The homeserver cannot be reached.',
  timeout: 'The homeserver does not answer in time.',
  unauthorized: 'The homeserver does not accept the access token.',
  forbidden:
    'The homeserver refuses: the user id or the password is wrong, or this is not allowed.',
  rate_limited: 'The homeserver asks to wait before the next request.',
}

/** The packages leave the full stop to whoever shows a message. */
function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`
}

function requestText({ name }: Error, code: string): string | null {
  const isRequest = name === 'TransportError' || name === 'ApiError'
  return isRequest && Object.hasOwn(REQUEST_TEXTS, code) ? (REQUEST_TEXTS[code] ?? null) : null
}

function messageOf(error: Error): string {
  const text = requestText(error, codeOf(error) ?? '') ?? systemText(error)
  if (text !== null) return text
  if (OWN_ERRORS.has(error.name)) return sentence(error.message)
  return `Something failed that was not foreseen (${error.name}).`
}

/** Tells a failure. */
export function explain(error: unknown): Told {
  if (error instanceof CliError) {
    const { exitCode, code, message, hint } = error
    return { exitCode, code, message, hint }
  }
  if (!(error instanceof Error))
    return { exitCode: EXIT.error, code: 'unknown', message: 'Something failed.', hint: null }
  const code = codeOf(error) ?? 'unknown'
  const own = <T>(map: Readonly<Record<string, T>>): T | undefined =>
    Object.hasOwn(map, code) ? map[code] : undefined
  return {
    exitCode: own(EXIT_OF) ?? EXIT.error,
    code,
    message: messageOf(error),
    hint: own(HINTS) ?? null,
  }
}

/**
 * Secrets do not belong into arguments: every user of the machine can list those of a running process,
 * and shells keep them in their history.
 */
import { CliError } from './errors.ts'

const KEY = '--recovery-key-file FILE, MATRIX_RECOVERY_KEY, or the prompt'
const PHRASE = '--security-phrase-file FILE, MATRIX_SECURITY_PHRASE, or the prompt'
const PASSPHRASE = '--passphrase-file FILE, ROOMKEYS_PASSPHRASE, or the prompt'
const PASSWORD = '--password-file FILE, MATRIX_PASSWORD, or the prompt'
const TOKEN_WAY = '--access-token-file FILE or ROOMKEYS_ACCESS_TOKEN'

/** By the name of a flag, dashes left out. */
const WAYS: Readonly<Record<string, string>> = {
  recoverykey: KEY,
  securitykey: KEY,
  backupkey: KEY,
  decryptionkey: KEY,
  privatekey: KEY,
  secretkey: KEY,
  key: KEY,
  securityphrase: PHRASE,
  recoveryphrase: PHRASE,
  recoverypassphrase: PHRASE,
  phrase: PHRASE,
  passphrase: PASSPHRASE,
  password: PASSWORD,
  passwd: PASSWORD,
  pass: PASSWORD,
  accesstoken: TOKEN_WAY,
  token: TOKEN_WAY,
  registrationsecret: '--secret-file FILE or ROOMKEYS_REGISTRATION_SECRET',
  secret: 'a file, standard input, or the prompt; see the help of the command',
}

/** The text form of a key, blanks left out. */
const KEY_TEXT = /^E[sS][1-9A-HJ-NP-Za-km-z]{40,70}$/
/** Access tokens of common servers. */
const TOKEN = /^(?:syt|mct|mat)_[\w-]{8,}/

const WHY = 'Others on this machine can see the arguments of a command, and your shell keeps them.'

/** `--Recovery_Key=x` → `recovery-key`; `null` for what is no flag. */
function flagName(word: string): string | null {
  const name = /^--?([a-z][a-z_-]*)/i.exec(word)?.[1]
  return name?.toLowerCase().replaceAll('_', '-') ?? null
}

/** How the secret of a flag is given instead; `undefined` for flags without secrets. */
function wayOf(name: string): string | undefined {
  const dense = name.replaceAll('-', '')
  return Object.hasOwn(WAYS, dense) ? WAYS[dense] : undefined
}

function looksSecret(word: string): boolean {
  const value = word.slice(word.startsWith('-') ? word.indexOf('=') + 1 : 0)
  return KEY_TEXT.test(value.replaceAll(/\s/g, '')) || TOKEN.test(value)
}

/** A URL with a password in it, as databases have. */
function holdsPassword(word: string): boolean {
  const value = word.slice(word.startsWith('-') ? word.indexOf('=') + 1 : 0)
  return URL.canParse(value) && new URL(value).password !== ''
}

function refusal(what: string, way: string): CliError {
  return new CliError('usage', `${what} ${WHY}`, {
    hint: `Use ${way} instead. If it was a real secret, consider it known and replace it.`,
  })
}

/**
 * Refuses secrets in arguments, without repeating them.
 *
 * @throws CliError `usage`
 */
export function refuseSecrets(argv: readonly string[]): void {
  for (const word of argv) {
    const name = flagName(word)
    const way = name === null ? undefined : wayOf(name)
    if (way !== undefined)
      throw refusal(`--${name ?? ''} is refused: a secret is never an argument.`, way)
    if (looksSecret(word))
      throw refusal(
        'An argument looks like a key or an access token.',
        'a file, the environment or the prompt',
      )
    if (holdsPassword(word))
      throw refusal(
        'An argument is a URL with a password.',
        'an environment variable (ROOMKEYS_DATABASE_URL)',
      )
  }
}

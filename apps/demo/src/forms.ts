/** What the forms hold, checked before anything is done with it. */
import { type Field, type Notice, problem } from './notice.ts'

/** A form that may be used, or what has to be put right first. */
export type Checked<T> = { readonly value: T } | { readonly notice: Notice }

/** A filled-in sign-in form. */
export type SignIn = { readonly baseUrl: string } & (
  | { readonly method: 'password'; readonly user: string; readonly password: string }
  | { readonly method: 'token'; readonly accessToken: string }
)

/** How to sign in. */
export type SignInMethod = SignIn['method']

function textOf(form: FormData, field: Field): string {
  const value = form.get(field)
  return typeof value === 'string' ? value : ''
}

function refuse(field: Field, text: string): { readonly notice: Notice } {
  return { notice: problem(field, text) }
}

/** A scheme may be left out; whatever else an address may have is no homeserver's. */
function baseUrlOf(text: string): string | null {
  const address = text.includes('://') ? text : `https://${text}`
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:'
  const isBare = url.username + url.password + url.search + url.hash === ''
  return isWeb && isBare ? url.href : null
}

function readPassword(form: FormData, baseUrl: string): Checked<SignIn> {
  const user = textOf(form, 'user').trim()
  const password = textOf(form, 'password')
  if (user === '') return refuse('user', 'Enter your user name, e.g. alice or @alice:example.org.')
  if (password === '') return refuse('password', 'Enter your password.')
  return { value: { method: 'password', baseUrl, user, password } }
}

function readToken(form: FormData, baseUrl: string): Checked<SignIn> {
  const accessToken = textOf(form, 'access-token').trim()
  if (accessToken === '') return refuse('access-token', 'Paste an access token.')
  if (!/^[\x21-\x7e]+$/.test(accessToken))
    return refuse('access-token', 'This is no access token: they have no spaces or accents.')
  return { value: { method: 'token', baseUrl, accessToken } }
}

/** Reads the sign-in form. */
export function readSignIn(form: FormData, method: SignInMethod): Checked<SignIn> {
  const address = textOf(form, 'homeserver').trim()
  if (address === '') return refuse('homeserver', 'Enter the address of your homeserver.')
  const baseUrl = baseUrlOf(address)
  if (baseUrl === null)
    return refuse('homeserver', 'This is no web address. One looks like https://matrix.example.org')
  return method === 'password' ? readPassword(form, baseUrl) : readToken(form, baseUrl)
}

/** Reads a pasted decryption key; what is in it is checked later. */
export function readKey(form: FormData): Checked<string> {
  const text = textOf(form, 'decryption-key')
  return text.trim() === ''
    ? refuse('decryption-key', 'Paste the decryption key.')
    : { value: text }
}

/** Reads the passphrase of a backup. It is used as it is, white space included. */
export function readBackupPassphrase(form: FormData): Checked<string> {
  const passphrase = textOf(form, 'backup-passphrase')
  return passphrase === ''
    ? refuse('backup-passphrase', 'Enter the passphrase of the backup.')
    : { value: passphrase }
}

/** Reads the passphrase of an export file, typed twice. */
export function readFilePassphrase(form: FormData): Checked<string> {
  const passphrase = textOf(form, 'file-passphrase')
  const again = textOf(form, 'file-passphrase-again')
  if (passphrase === '') return refuse('file-passphrase', 'Choose a passphrase for the file.')
  return passphrase === again
    ? { value: passphrase }
    : refuse('file-passphrase-again', 'The two passphrases differ. Type the same one twice.')
}

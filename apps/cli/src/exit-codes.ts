/** What a process ends with. Scripts lean on these numbers: they never change their meaning. */

/** The exit codes by name. */
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  signIn: 3,
  wrongKey: 4,
  partial: 5,
  notFound: 6,
  interrupted: 130,
} as const

/** What a process ends with. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** What each exit code says, for the documentation. */
export const EXIT_TEXTS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'all good',
  error: 'something failed; the message says what',
  usage: 'the command was not used as it is meant to be; nothing was done',
  signIn: 'not signed in, or the sign-in was refused',
  wrongKey: 'the key or passphrase is wrong or mistyped',
  partial: 'done, but some entries failed',
  notFound: 'what was asked for does not exist',
  interrupted: 'interrupted with Ctrl-C',
}

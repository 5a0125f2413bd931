/** What to do when the homeserver does not answer as it should. */
import type { AnyTransportError, TransportErrorCode } from '@roomkeys/transport'
import { type Notice, problem } from './notice.ts'
import type { Task } from './task.ts'

const NO_HOMESERVER =
  'There is no homeserver at this address. Check it; the address of the client API is meant.'

const TEXTS: Readonly<Record<TransportErrorCode, string>> = {
  bad_id: 'A name in this account cannot be sent to a server.',
  network: 'The homeserver was not reached. Check the address and your connection, then try again.',
  timeout: 'The homeserver stayed silent for too long. Try again.',
  redirected: 'The homeserver is elsewhere. Enter its final address.',
  not_json: NO_HOMESERVER,
  shape: 'The homeserver answered in a way that Matrix does not know.',
  answer_too_large: 'The answer of the homeserver is larger than this page can hold.',
  unauthorized: 'The homeserver does not know this session any more. Sign out and in again.',
  forbidden: 'The homeserver does not allow it for this account.',
  not_found: 'The homeserver knows nothing of the kind.',
  wrong_version: 'The backup was replaced meanwhile. Look for it again.',
  rate_limited: 'The homeserver asks for a pause.',
  too_large: 'The homeserver finds the request too large.',
  unrecognized: 'The homeserver does not offer this.',
  server: 'The homeserver failed. Try again later.',
  rejected: 'The homeserver rejects the request.',
}

/** At sign-in the address is in question: whatever is no homeserver's answer is about it. */
const ABOUT_ADDRESS: ReadonlySet<TransportErrorCode> = new Set([
  'network',
  'timeout',
  'redirected',
  'not_json',
  'shape',
  'not_found',
  'unrecognized',
])

const NO_ANSWER_OF_MATRIX: ReadonlySet<TransportErrorCode> = new Set([
  'shape',
  'not_found',
  'unrecognized',
])

function explainSignIn({ code }: AnyTransportError, task: Task): Notice | null {
  if (ABOUT_ADDRESS.has(code))
    return problem('homeserver', NO_ANSWER_OF_MATRIX.has(code) ? NO_HOMESERVER : TEXTS[code])
  if (task === 'sign-in-with-token')
    return code === 'unauthorized'
      ? problem('access-token', 'The homeserver does not know this access token.')
      : null
  return code === 'forbidden' ? problem('password', 'The user or the password is wrong.') : null
}

function pauseText(milliseconds: number | null): string {
  if (milliseconds === null) return 'Try again in a while.'
  return `Try again in ${Math.max(1, Math.ceil(milliseconds / 1000))} s.`
}

/** Puts an error of the transport into words. */
export function explainTransport(error: AnyTransportError, task: Task): Notice {
  if (task === 'sign-out')
    return problem(
      'step',
      'Everything is cleared here, but the homeserver could not be told. Remove the session “roomkeys demo” in another client.',
    )
  const signIn = task === 'sign-in' || task === 'sign-in-with-token'
  const special = signIn ? explainSignIn(error, task) : null
  if (special !== null) return special
  if (error.code === 'rate_limited')
    return problem('step', `${TEXTS.rate_limited} ${pauseText(error.retryAfterMs)}`)
  return problem('step', TEXTS[error.code])
}

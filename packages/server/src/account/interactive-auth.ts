/**
 * User-interactive authentication with one stage: the password of the user who asks.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#user-interactive-authentication-api
 */
import { inPlace, type WireSchema } from '@roomkeys/types'
import * as v from 'valibot'
import { type AccountErrcode, RefusedRequest } from '../errors.ts'
import type { UserContext } from '../http/context.ts'
import { PASSWORD_LOGIN, type PasswordProof, passwordProofEntries, provesUser } from './proof.ts'
import { base64Url } from './tokens.ts'

const SESSION_BYTES = 18
const SESSION_LIFETIME_MS = 60 * 60 * 1000
const SESSIONS_PER_USER = 20
/** What {@link openSession} gives out; no other text is looked up. */
const SESSION_ID = /^[\w-]{24}$/

/** The `auth` member of a request; one without `type` only names the session. */
export interface InteractiveAuth extends PasswordProof {
  readonly type?: string
  readonly session?: string
}

/** Parses {@link InteractiveAuth}. */
export const interactiveAuthSchema: WireSchema<InteractiveAuth> = inPlace(
  v.looseObject({
    type: v.exactOptional(v.string()),
    session: v.exactOptional(v.string()),
    ...passwordProofEntries,
  }),
)

/** What is to be allowed; a session that was opened for one operation serves no other. */
export type Operation = 'delete_devices' | 'replace_cross_signing_keys'

async function openSession(context: UserContext, operation: Operation): Promise<string> {
  const { store, now, randomBytes } = context.services
  const { userId } = context.session
  const sessionId = base64Url(randomBytes(SESSION_BYTES))
  await store.query(
    `DELETE FROM interactive_sessions WHERE user_id = $1 AND (created_at < $2::bigint
       OR session_id NOT IN (SELECT session_id FROM interactive_sessions WHERE user_id = $1
         ORDER BY created_at DESC LIMIT ${SESSIONS_PER_USER - 1}))`,
    [userId, now() - SESSION_LIFETIME_MS],
  )
  await store.query(
    `INSERT INTO interactive_sessions (user_id, session_id, operation, created_at)
     SELECT user_id, $2, $3, $4::bigint FROM users WHERE user_id = $1`,
    [userId, sessionId, operation, now()],
  )
  return sessionId
}

async function isOpen(
  context: UserContext,
  sessionId: string,
  operation: Operation,
): Promise<boolean> {
  if (!SESSION_ID.test(sessionId)) return false
  const { store, now } = context.services
  const { rows } = await store.query(
    `SELECT operation FROM interactive_sessions
     WHERE user_id = $1 AND session_id = $2 AND operation = $3 AND created_at >= $4::bigint`,
    [context.session.userId, sessionId, operation, now() - SESSION_LIFETIME_MS],
  )
  return rows.length > 0
}

/** A stage that failed, told beside the flows that remain. */
interface FailedStage {
  readonly errcode: AccountErrcode | 'M_FORBIDDEN' | 'M_UNRECOGNIZED'
  readonly error: string
}

/** A first challenge has no errcode: nothing has failed yet. */
const NOTHING_FAILED = { errcode: undefined, error: undefined }

function challenge(session: string, failed: FailedStage | typeof NOTHING_FAILED): RefusedRequest {
  return new RefusedRequest([401, 'M_FORBIDDEN'], 'The password is needed', {
    body: {
      ...failed,
      flows: [{ stages: [PASSWORD_LOGIN] }],
      params: {},
      completed: [],
      session,
    },
  })
}

/**
 * Asks for the password, in a session of its own.
 *
 * @throws RefusedRequest 401 with the flows, always
 */
export async function askForPassword(context: UserContext, operation: Operation): Promise<never> {
  throw challenge(await openSession(context, operation), NOTHING_FAILED)
}

async function failStage(
  context: UserContext,
  session: string | undefined,
  { operation, failed }: { readonly operation: Operation; readonly failed: FailedStage },
): Promise<never> {
  throw challenge(session ?? (await openSession(context, operation)), failed)
}

async function endSession({ services, session }: UserContext, sessionId: string): Promise<void> {
  await services.store.query(
    'DELETE FROM interactive_sessions WHERE user_id = $1 AND session_id = $2',
    [session.userId, sessionId],
  )
}

/**
 * Whether the request proves that its user knows the password; `false` when it does not try to.
 *
 * @throws RefusedRequest 401 with the flows when it tries and fails
 */
export async function passwordWasGiven(
  context: UserContext,
  auth: InteractiveAuth | undefined,
  operation: Operation,
): Promise<boolean> {
  if (auth?.type === undefined) return false
  const { type, session } = auth
  // A session that is over, or that was opened for something else, begins anew.
  if (session !== undefined && !(await isOpen(context, session, operation)))
    return askForPassword(context, operation)
  const failWith = (failed: FailedStage): Promise<never> =>
    failStage(context, session, { operation, failed })
  if (type !== PASSWORD_LOGIN)
    return failWith({ errcode: 'M_UNRECOGNIZED', error: 'Unknown type of authentication' })
  if (!(await provesUser(context.services, auth, context.session.userId)))
    return failWith({ errcode: 'M_FORBIDDEN', error: 'Invalid username or password' })
  if (session !== undefined) await endSession(context, session)
  return true
}

/**
 * Refuses the request unless it proves that its user knows the password.
 *
 * @throws RefusedRequest 401 with the flows
 */
export async function requirePassword(
  context: UserContext,
  auth: InteractiveAuth | undefined,
  operation: Operation,
): Promise<void> {
  if (!(await passwordWasGiven(context, auth, operation))) await askForPassword(context, operation)
}

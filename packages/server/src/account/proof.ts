/**
 * A password and the user whose it is, as requests give them: to sign in, or to prove who asks.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#password-based
 */
import { inPlace, type WireSchema } from '@roomkeys/types'
import * as v from 'valibot'
import type { Services } from '../http/context.ts'
import { verifyPassword } from './passwords.ts'
import { passwordHashOf } from './users.ts'

/** The name of the flow and of the stage. */
export const PASSWORD_LOGIN = 'm.login.password'

/** The kind of identifier that is known: a user id or its localpart. */
export const USER_IDENTIFIER = 'm.id.user'

/** A member of an object that may be missing. */
export type OptionalEntry<T> = v.ExactOptionalSchema<WireSchema<T>, undefined>

/** The user stands in `identifier`, or in `user` as old clients have it. */
export interface PasswordProof {
  readonly identifier?: { readonly type: string; readonly user?: string }
  readonly user?: string
  readonly password?: string
}

/** Members of an object schema that parse {@link PasswordProof}. */
export const passwordProofEntries: Readonly<{
  identifier: OptionalEntry<{ readonly type: string; readonly user?: string }>
  user: OptionalEntry<string>
  password: OptionalEntry<string>
}> = {
  identifier: v.exactOptional(
    inPlace(v.looseObject({ type: v.string(), user: v.exactOptional(v.string()) })),
  ),
  user: v.exactOptional(v.string()),
  password: v.exactOptional(v.string()),
}

/** The full id of a user who is given by that or by its localpart. */
export function fullUserId(user: string, serverName: string): string {
  return user.startsWith('@') ? user : `@${user}:${serverName}`
}

/**
 * Whether a password is that of a user. A user who does not exist takes as long as any, and wrong
 * passwords are counted for them as well.
 *
 * @throws RefusedRequest 429 after too many wrong ones
 */
export async function isPasswordOf(
  { store, rateLimiter }: Pick<Services, 'store' | 'rateLimiter'>,
  userId: string,
  password: string,
): Promise<boolean> {
  rateLimiter.countPassword(userId)
  const isRight = await verifyPassword(password, await passwordHashOf(store, userId))
  if (isRight) rateLimiter.forgetPassword(userId)
  return isRight
}

/** Whether the proof is of this user; one that names nobody is of whoever asks. */
export async function provesUser(
  services: Pick<Services, 'store' | 'serverName' | 'rateLimiter'>,
  proof: PasswordProof,
  userId: string,
): Promise<boolean> {
  const { identifier, user, password } = proof
  if (password === undefined) return false
  if (identifier !== undefined && identifier.type !== USER_IDENTIFIER) return false
  const named = identifier?.user ?? user ?? userId
  return (
    fullUserId(named, services.serverName) === userId && isPasswordOf(services, userId, password)
  )
}

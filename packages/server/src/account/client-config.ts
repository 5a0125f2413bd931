/**
 * What a client asks for when it starts, and what this server has no more of than an answer.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#capabilities-negotiation
 */
import { jsonAnswer } from '../http/answers.ts'
import type { UserHandler } from '../http/context.ts'

const CANNOT = { enabled: false } as const

const CAPABILITIES = {
  'm.change_password': CANNOT,
  'm.set_displayname': CANNOT,
  'm.set_avatar_url': CANNOT,
  'm.3pid_changes': CANNOT,
} as const

/** Answers `GET /capabilities`. */
export const getCapabilities: UserHandler = () =>
  Promise.resolve(jsonAnswer({ capabilities: CAPABILITIES }))

/** There are no rooms to be notified of. Clients do not start without an answer. */
const NO_PUSH_RULES = { override: [], underride: [], sender: [], room: [], content: [] } as const

/** Answers `GET /pushrules/`. */
export const getPushRules: UserHandler = () =>
  Promise.resolve(jsonAnswer({ global: NO_PUSH_RULES }))

/** Answers `GET /voip/turnServer`: there is none, which ends the asking. */
export const getTurnServer: UserHandler = () => Promise.resolve(jsonAnswer({}))

/** Users of other servers: there is no federation, and answers say so by server. */
import type { Services } from '../http/context.ts'

/** Servers that could not be asked, by name. */
export type Failures = Readonly<Record<string, object>>

const UNREACHABLE = { errcode: 'M_UNKNOWN', error: 'This server has no federation' } as const

/** The server of a user id, or `null` when it names this one or none. */
function otherServerOf(userId: string, serverName: string): string | null {
  const colon = userId.indexOf(':')
  const server = colon === -1 ? '' : userId.slice(colon + 1)
  return server === '' || server === serverName ? null : server
}

/** What an answer says of users whom this server does not have. */
export function failuresOf(
  unknownUsers: readonly string[],
  { serverName }: Pick<Services, 'serverName'>,
): Failures {
  const servers = unknownUsers.flatMap((userId) => otherServerOf(userId, serverName) ?? [])
  return Object.fromEntries(servers.map((server) => [server, UNREACHABLE]))
}

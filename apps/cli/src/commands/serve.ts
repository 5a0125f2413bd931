/** `roomkeys serve`: the bundled server, until Ctrl-C. */
import { createServer, createUser, ServerError, type SqlStore } from '@roomkeys/server'
import { listen } from '@roomkeys/server/node'
import type { CommandContext, Run } from '../context.ts'
import { CliError } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import { readSecret, type SecretSource } from '../io/secrets.ts'
import { untilAborted } from '../io/until-aborted.ts'
import { type OpenedStore, openStore, prepareStore } from '../serving/open-store.ts'

const DEFAULT_PORT = 8008
const LAST_PORT = 65_535

const PASSWORD: SecretSource = {
  name: 'password of the user',
  option: 'passwordFile',
  env: 'ROOMKEYS_SERVE_PASSWORD',
}

function portOf({ options }: CommandContext): number {
  const port = options.number('port') ?? DEFAULT_PORT
  if (port <= LAST_PORT) return port
  throw new CliError('usage', `--port takes a number from 0 to ${LAST_PORT}.`)
}

/** The full id of the user to create, or `null`. */
function userIdOf({ options }: CommandContext, serverName: string): string | null {
  const user = options.text('user')
  if (user === null) return null
  const id = user.startsWith('@') ? user : `@${user}:${serverName}`
  if (id.endsWith(`:${serverName}`)) return id
  throw new CliError('usage', `Users of this server end in :${serverName}.`)
}

async function ensureUser(store: SqlStore, userId: string, password: string): Promise<boolean> {
  try {
    await createUser(store, { userId, password })
    return true
  } catch (error) {
    if (error instanceof ServerError && error.code === 'user_exists') return false
    throw error
  }
}

function serverOf(
  { options, output }: CommandContext,
  { store, limits }: OpenedStore,
  serverName: string,
) {
  return createServer({
    store,
    limits,
    serverName,
    registration: options.text('registration') === 'open' ? 'open' : 'closed',
    ...(options.flag('noRateLimits') && { rateLimits: 'off' as const }),
    onError: (error) => {
      const code = error instanceof ServerError ? error.code : 'unexpected'
      output.warn(`The server failed to answer: ${code}`)
    },
  })
}

/** Serves. Ctrl-C is how it ends, so it ends well. */
export const run: Run = async (context) => {
  const { options, output, signal } = context
  const serverName = options.text('serverName') ?? 'localhost'
  const port = portOf(context)
  const userId = userIdOf(context, serverName)
  const password = userId === null ? '' : await readSecret(context, PASSWORD)
  await using opened = new AsyncDisposableStack()
  const database = await openStore(context)
  const store = opened.adopt(database.store, (it) => it.close())
  await prepareStore(store)
  if (userId !== null && !(await ensureUser(store, userId, password)))
    output.note(`${userId} exists already; the password is as it was.`)
  signal.throwIfAborted()
  const host = options.text('host') ?? '127.0.0.1'
  const listening = await listen(serverOf(context, database, serverName), { port, host })
  opened.defer(() => listening.close())
  await output.result(
    { url: listening.url, server_name: serverName, user_id: userId },
    ({ url }) => url,
  )
  output.note('Ctrl-C stops the server.')
  await untilAborted(signal)
  output.note('The server is stopping.')
  return EXIT.ok
}

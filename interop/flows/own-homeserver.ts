/** Our server over HTTP on this machine, with a database in memory. */
import { createServer, createUser, migrate } from '@roomkeys/server'
import { listen } from '@roomkeys/server/node'
import { openPgliteStore } from '@roomkeys/server/pglite'
import type { Homeserver } from './homeserver.ts'

const SERVER_NAME = 'localhost'

/** Starts a server. */
export async function openOwnHomeserver(): Promise<Homeserver> {
  const store = await openPgliteStore()
  await migrate(store)
  const errors: unknown[] = []
  const onError = (error: unknown): void => {
    errors.push(error)
  }
  const http = await listen(
    createServer({
      store,
      serverName: SERVER_NAME,
      registration: 'open',
      rateLimits: 'off',
      onError,
    }),
  )
  let users = 0
  return {
    name: '@roomkeys/server',
    registrationSecret: null,
    failures: () => errors,
    newAccount: async () => {
      const [userId, password] = [`@user${++users}:${SERVER_NAME}`, crypto.randomUUID()]
      await createUser(store, { userId, password })
      return { baseUrl: http.url, userId, password }
    },
    close: async () => {
      await http.close()
      await store.close()
    },
  }
}

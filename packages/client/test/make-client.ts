import type { DecryptionKey } from '@roomkeys/backup'
import { type Client, type ClientOptions, createClient } from '../src/index.ts'
import type { RestoreEvent } from '../src/restore.ts'
import { type Answers, type StubServer, stubServer } from './stub-server.ts'
import { account } from './vectors.ts'

/** Nobody's token; tests look for it where it must not be. */
export const TOKEN = 'syt_a_token_that_must_not_leak'

/** A client of the account at a server in memory, without retries. */
export function makeClient(
  answers: Answers = {},
  options: Partial<ClientOptions> = {},
): StubServer & { readonly client: Client } {
  const server = stubServer(answers)
  const client = createClient({
    baseUrl: 'https://matrix.example.org',
    accessToken: TOKEN,
    fetch: server.fetch,
    maxRetries: 0,
    ...options,
  })
  return { ...server, client }
}

/** Every event of a restore. */
export async function allEvents(
  client: Client,
  key: DecryptionKey = account.key,
): Promise<readonly RestoreEvent[]> {
  const events: RestoreEvent[] = []
  for await (const event of client.restore(key)) events.push(event)
  return events
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new TypeError('Nothing was thrown')
    },
    (error: unknown) => error,
  )
}

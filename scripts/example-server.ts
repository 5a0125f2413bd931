// The server that examples of READMEs talk to: the demo's, filled, on a temporary folder.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Demo, startDemo } from '../apps/demo/server/demo.ts'

/** A running server, and the environment that examples read. */
export interface ExampleServer {
  readonly env: Readonly<Record<string, string>>
  readonly close: () => Promise<void>
}

async function signIn({ url, user, password }: Demo): Promise<string> {
  const identifier = { type: 'm.id.user', user }
  const body = JSON.stringify({ type: 'm.login.password', identifier, password })
  const answer = await fetch(`${url}/_matrix/client/v3/login`, { method: 'POST', body })
  const { access_token: token } = (await answer.json()) as { readonly access_token?: string }
  if (token === undefined) throw new Error('The example user cannot sign in')
  return token
}

export async function startExampleServer(): Promise<ExampleServer> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'roomkeys-example-'))
  const demo = await startDemo({ dataFolder, port: 0 })
  return {
    env: {
      MATRIX_HOMESERVER: demo.url,
      MATRIX_USER: demo.user,
      MATRIX_PASSWORD: demo.password,
      MATRIX_ACCESS_TOKEN: await signIn(demo),
      MATRIX_RECOVERY_KEY: demo.recoveryKey,
    },
    close: async () => {
      await demo.close()
      rmSync(dataFolder, { recursive: true, force: true })
    },
  }
}

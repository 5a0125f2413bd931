/** The demo as a whole: a homeserver with one account and its backup, and the page, on one port. */
import {
  createServer,
  createUser,
  type KeyBackupServer,
  migrate,
  ServerError,
} from '@roomkeys/server'
import type { SqlStore } from '@roomkeys/server'
import { openPgliteStore } from '@roomkeys/server/pglite'
import { fileURLToPath } from 'node:url'
import { PASSWORD, readDemoBackup, SERVER_NAME, USER, USER_ID } from './demo-account.ts'
import { fill, type FillResult } from './fill.ts'
import { listenNear } from './listen-near.ts'
import { loadPageFiles, type PageFiles, servePage } from './page-files.ts'

/** How the demo runs. */
export interface DemoOptions {
  /** Where the database is kept; created if need be. */
  readonly dataFolder: string
  /** 0 lets the system choose; one that is in use makes way for the next. */
  readonly port: number
  /** This machine alone, unless another address is given. */
  readonly host?: string
  /** Told in sentences what happens. */
  readonly log?: (line: string) => void
  /** The built page; the one of this app unless given. */
  readonly pageFolder?: string
}

/** A running demo. */
export interface Demo {
  /** Of the page and of the homeserver, without a slash at the end. */
  readonly url: string
  readonly user: string
  readonly password: string
  readonly recoveryKey: string
  /** Ends running requests, closes the database, and lets the process end. */
  readonly close: () => Promise<void>
}

const BUILT_PAGE = fileURLToPath(new URL('../dist', import.meta.url))

const FILL_TEXTS: Readonly<Record<FillResult, string>> = {
  filled: 'The account was created with its backup.',
  completed: 'The backup was incomplete and was filled up.',
  kept: 'The account and its backup are as they were.',
  replaced:
    'The backup was replaced by another one: the recovery key of the demo does not open it.',
}

async function ensureUser(store: SqlStore): Promise<void> {
  try {
    await createUser(store, { userId: USER_ID, password: PASSWORD })
  } catch (error) {
    if (!(error instanceof ServerError) || error.code !== 'user_exists') throw error
  }
}

/** The homeserver has the paths of Matrix, the page all others. */
function withPage(homeserver: KeyBackupServer, files: PageFiles): KeyBackupServer {
  return {
    fetch: async (request) =>
      new URL(request.url).pathname.startsWith('/_matrix/')
        ? homeserver.fetch(request)
        : servePage(files, request),
  }
}

/**
 * Starts the demo. The first start creates the account and uploads its backup; later ones keep what
 * is there.
 *
 * @throws ServerError `store_in_use` when another demo has the folder, `port_in_use` when no port
 * near the wanted one is free
 */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { dataFolder, port, host = '127.0.0.1', pageFolder = BUILT_PAGE } = options
  const { log = () => undefined } = options
  const files = await loadPageFiles(pageFolder)
  const backup = await readDemoBackup()
  await using opened = new AsyncDisposableStack()
  const store = opened.adopt(await openPgliteStore({ folder: dataFolder }), (it) => it.close())
  await migrate(store)
  await ensureUser(store)
  const onError = (error: unknown): void => {
    log(`The server failed: ${error instanceof Error ? error.message : 'unknown error'}`)
  }
  const homeserver = createServer({ store, serverName: SERVER_NAME, onError })
  const listening = await listenNear(withPage(homeserver, files), { port, host, log })
  opened.defer(() => listening.close())
  const { url } = listening
  log(FILL_TEXTS[await fill(url, backup)])
  const running = opened.move()
  const close = (): Promise<void> => running.disposeAsync()
  return { url, user: USER, password: PASSWORD, recoveryKey: backup.recoveryKey, close }
}

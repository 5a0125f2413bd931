/**
 * `GET /health`, whether the process answers, and `GET /ready`, whether it can serve: the database
 * answers in time and has the schema of this release. Both are outside of `/_matrix`, need no token
 * and tell nothing else.
 */
import type { Handler, Services } from '../http/context.ts'
import type { Route } from '../http/routing.ts'
import { appliedSteps } from '../schema/migrate.ts'
import { MIGRATIONS } from '../schema/migrations.ts'

/** A database that takes longer is not ready. */
const DEADLINE_MS = 2_000
/** Anyone may ask, so the database is asked once in this time. */
const KEPT_MS = 1_000

function stateAnswer(status: 200 | 503, state: string): Response {
  return new Response(JSON.stringify({ status: state }), {
    status,
    headers: { 'content-type': 'application/json' },
  })
}

async function isReady({ store }: Services): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => {
      resolve(false)
    }, DEADLINE_MS)
  })
  const answered = appliedSteps(store).then(
    (steps) => steps === MIGRATIONS.length,
    () => false,
  )
  return Promise.race([answered, late]).finally(() => {
    clearTimeout(timer)
  })
}

/** The answers are kept for each server, and so are the routes. */
export function healthRoutes(): readonly Route[] {
  let asked: { readonly at: number; readonly answer: Promise<boolean> } | null = null
  const getReady: Handler = async ({ services }) => {
    const now = services.now()
    if (asked === null || now - asked.at >= KEPT_MS || now < asked.at)
      asked = { at: now, answer: isReady(services) }
    return (await asked.answer) ? stateAnswer(200, 'ready') : stateAnswer(503, 'not ready')
  }
  return [
    { method: 'GET', path: '/health', handle: () => Promise.resolve(stateAnswer(200, 'alive')) },
    { method: 'GET', path: '/ready', handle: getReady },
  ]
}

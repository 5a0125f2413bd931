/** Waiting for an engine in simulated time. */
import type { BackupEngine, State } from '../../src/engine.ts'

/** One turn of the event loop. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Turns after which an engine is taken to run for ever. */
const MAX_TURNS = 20_000

/** Whether an engine waits for the app. */
export function isSteady(state: State): boolean {
  switch (state.kind) {
    case 'enabled':
      return state.upload.kind === 'idle' || state.upload.kind === 'offline'
    case 'creating':
    case 'enabling':
    case 'resuming':
    case 'rechecking':
    case 'disabling':
      return state.progress.kind === 'offline'
    case 'downloading':
    case 'disabled':
    case 'wrong_version':
    case 'untrusted':
    case 'paused':
    case 'crashed':
      return true
  }
}

/** Waits until an engine waits for the app; `isEnded` ends it before. */
export async function steady(
  engine: Pick<BackupEngine, 'state'>,
  isEnded: () => boolean = () => false,
): Promise<State> {
  for (let turns = 0; turns < MAX_TURNS; turns += 1) {
    if (isEnded() || isSteady(engine.state())) return engine.state()
    await turn()
  }
  throw new Error(`The engine does not come to rest: ${engine.state().kind}`)
}

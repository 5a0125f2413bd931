/** Engines for single scenes: a server, keys, and all that the app is told. */
import type { Provenance } from '@roomkeys/megolm'
import {
  type BackupEngine,
  createBackupEngine,
  type EnginePorts,
  type Notice,
} from '../../src/engine.ts'
import type { Clock } from '../../src/ports.ts'
import { megolmBackupV1 } from '../../src/v1.ts'
import { createSimulatedClock, type SimulatedClock } from '../simulation/clock.ts'
import {
  createSimulatedServer,
  type SimulatedServer,
  type SimulationOptions,
} from '../simulation/server.ts'
import { add } from './sessions.ts'
import { authDataOf, createDurable, type Durable, OURS, portsOf } from './world.ts'

/** A clock that never rings; waiting ends when it is aborted. */
export const silentClock: Clock = {
  now: () => 0,
  sleep: (_, signal) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => {
        reject(signal.reason as Error)
      })
    }),
}

/** A scene. */
export interface Scene {
  readonly server: SimulatedServer
  readonly durable: Durable
  readonly clock: SimulatedClock
  readonly engine: BackupEngine
  readonly notices: readonly Notice[]
}

/** What a scene begins with. */
export interface SceneOptions extends SimulationOptions {
  /** Sessions at home, by number: the index from which on they are held. */
  readonly keys?: readonly number[]
  readonly origin?: Provenance
  readonly ports?: Partial<EnginePorts>
  readonly durable?: Durable
  /** `none`: the server has no version; else it has one of our key. */
  readonly version?: 'ours' | 'none'
}

/** Sets a scene; the engine waits for a command. */
export async function scene(options: SceneOptions = {}): Promise<Scene> {
  const { keys = [], origin = { kind: 'direct' }, ports = {}, version = 'ours' } = options
  const clock = createSimulatedClock()
  const server = createSimulatedServer({ clock, ...options })
  if (version === 'ours') server.createVersion(megolmBackupV1.name, authDataOf(OURS))
  const durable = options.durable ?? createDurable()
  for (const [number, index] of keys.entries())
    await add(durable.store, number, { index, truth: 'genuine', provenance: origin })
  const engine = createBackupEngine({ ...portsOf(server.api, durable, clock), ...ports })
  const notices: Notice[] = []
  engine.subscribe((notice) => notices.push(notice))
  return { server, durable, clock, engine, notices }
}

/** The uploads of a server, as numbers of keys. */
export function uploadSizes({ calls }: SimulatedServer): readonly number[] {
  return calls
    .filter(({ operation }) => operation === 'uploadKeys')
    .map(({ entries }) => entries.length)
}

/** How many zero-index keys. */
export function zeros(count: number): readonly number[] {
  return Array.from({ length: count }, () => 0)
}

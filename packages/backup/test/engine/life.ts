/** One plan from its beginning to its end: processes that die and begin again, and an app. */
import { backupVersion, keyBackupDataSchema, parseWire } from '@roomkeys/types'
import {
  type BackupEngine,
  type Command,
  createBackupEngine,
  publicKeyTextOf,
  type State,
} from '../../src/engine.ts'
import { addressKey } from '../../src/merge/address-key.ts'
import type { StoredSession, UploadEntry } from '../../src/ports.ts'
import { megolmBackupV1 } from '../../src/v1.ts'
import { createSimulatedClock } from '../simulation/clock.ts'
import {
  anyIsBetterRule,
  createSimulatedServer,
  type Fault,
  type Replacement,
  type SimulatedServer,
  specificationRule,
} from '../simulation/server.ts'
import { mortal } from './mortal.ts'
import type { Plan, Trouble } from './plan.ts'
import { add, addressOf } from './sessions.ts'
import { steady } from './steady.ts'
import {
  authDataOf,
  createDurable,
  type Durable,
  entryOf,
  FULL,
  OURS,
  portsOf,
  THEIRS,
  UPLOAD_ONLY,
} from './world.ts'

/** What a plan came to. */
export interface Life {
  readonly plan: Plan
  readonly server: SimulatedServer
  readonly durable: Durable
  readonly replacements: readonly Replacement[]
  readonly last: State
  readonly restarts: number
}

/** Retries of the app after which a plan is taken to have no end. */
const MAX_HELP = 60

const NAME = megolmBackupV1.name

interface Stage {
  readonly plan: Plan
  readonly server: SimulatedServer
  readonly durable: Durable
  /** The engine that is alive. */
  engine: BackupEngine | null
}

/** Entries are sealed before the plan begins, because acts beside a call are synchronous. */
type Entries = ReadonlyMap<string, UploadEntry>

const entryName = (number: number, index: number, forwarded: number): string =>
  JSON.stringify([number, index, forwarded])

type EntryFor = (number: number, index: number) => UploadEntry | undefined

async function foreignEntries({ troubles }: Plan): Promise<Entries> {
  const entries = new Map<string, UploadEntry>()
  for (const [, trouble] of troubles)
    for (const forwardedCount of trouble.kind === 'upload' ? [0, 1] : []) {
      if (trouble.kind !== 'upload') continue
      const { number, index } = trouble
      const copy = { index, truth: 'genuine', isVerified: false, forwardedCount } as const
      entries.set(entryName(number, index, forwardedCount), await entryOf(number, copy))
    }
  return entries
}

function act(trouble: Trouble, server: SimulatedServer, entryFor: EntryFor): void {
  const current = server.versions.findLast(({ deleted }) => !deleted)
  if (trouble.kind === 'same_key') server.createVersion(NAME, authDataOf(OURS))
  if (trouble.kind === 'other_key') server.createVersion(NAME, authDataOf(THEIRS))
  if (current === undefined) return
  if (trouble.kind === 'delete') server.deleteVersion(current.id)
  if (trouble.kind !== 'upload') return
  const entry = entryFor(trouble.number, trouble.index)
  if (entry === undefined) return
  // The others are as careful: what they destroy after we looked, no client can know of.
  const key = addressKey(entry)
  const held = server.entriesOf(current.id).find((one) => addressKey(one) === key)
  if (held !== undefined && held.data.first_message_index < entry.data.first_message_index) return
  server.putKeys(current.id, [entry])
}

function isOfFalseCopy(trouble: Trouble, { keys }: Plan): boolean {
  return trouble.kind === 'upload' && keys[trouble.number]?.truth === 'false'
}

function faultOf(trouble: Trouble, stage: Stage, entries: Entries): (operation: string) => Fault {
  switch (trouble.kind) {
    case 'cut_before':
      return () => ({ kind: 'cut_before' })
    case 'cut_after':
      return () => ({ kind: 'cut_after' })
    case 'slow':
      return () => ({ kind: 'slow', latencyMs: 11_000 })
    case 'answer': {
      const { code, retryAfterMs } = trouble
      const retry = retryAfterMs === null ? {} : { retryAfterMs }
      const isOfKeys = (operation: string): boolean => operation === 'uploadKeys'
      // Only uploads are refused for their size.
      return (operation) =>
        ['too_large', 'wrong_version', 'version_not_found'].includes(code) && !isOfKeys(operation)
          ? { kind: 'none' }
          : { kind: 'answer', code, ...retry }
    }
    case 'same_key':
    case 'other_key':
    case 'delete':
    case 'upload':
      // Nobody can see what comes between the last look and the upload: then only what no server
      // replaces by a later key, and nothing of a session of which we hold a false copy.
      return (operation) => ({
        kind: 'meanwhile',
        act: () => {
          const forwarded = operation === 'uploadKeys' ? 0 : 1
          if (forwarded === 0 && isOfFalseCopy(trouble, stage.plan)) return
          act(trouble, stage.server, (number, index) =>
            entries.get(entryName(number, index, forwarded)),
          )
        },
      })
    case 'command':
      return () => {
        stage.engine?.send({ type: trouble.type })
        return { kind: 'none' }
      }
  }
}

async function prepare(plan: Plan): Promise<[Stage, Replacement[]]> {
  const replacements: Replacement[] = []
  const refused = new Set(plan.refused.map((number) => addressKey(addressOf(number))))
  const clock = createSimulatedClock()
  const server = createSimulatedServer({
    rule: plan.rule === 'specification' ? specificationRule : anyIsBetterRule,
    maxKeys: plan.maxKeys,
    refuses: (entry) => refused.has(addressKey(entry)),
    onReplaced: (replacement) => replacements.push(replacement),
    clock,
  })
  const stage: Stage = { plan, server, durable: createDurable(), engine: null }
  if (plan.hasOldVersion === 'theirs') server.createVersion(NAME, authDataOf(THEIRS))
  if (plan.start !== 'create') {
    const version = server.createVersion(NAME, authDataOf(OURS))
    for (const [number, { held }] of plan.keys.entries())
      if (held !== null) server.putKeys(version, [await entryOf(number, held)])
  }
  if (plan.start === 'resume') await stage.durable.vault?.makeCurrent(OURS)
  const entries = await foreignEntries(plan)
  const troubles = new Map(
    plan.troubles.map(([at, trouble]) => [at, faultOf(trouble, stage, entries)]),
  )
  server.setFaults(
    ({ position, operation }) => troubles.get(position)?.(operation) ?? { kind: 'none' },
  )
  return [stage, replacements]
}

function startOf({ plan, server }: Stage): Command {
  const key = plan.mode === 'full' ? FULL : UPLOAD_ONLY
  if (plan.start === 'enable') return { type: 'enable', key }
  if (plan.start === 'resume')
    return { type: 'resume', key: plan.mode === 'full' ? null : UPLOAD_ONLY }
  const replaces = server.versions[0] === undefined ? null : backupVersion(server.versions[0].id)
  return { type: 'create', key: OURS, replaces: plan.hasOldVersion === 'none' ? null : replaces }
}

/** What an app does about a state; `null` when there is nothing to help. */
function help(state: State, stage: Stage, start: Command): Command | null {
  const key = stage.plan.mode === 'full' ? null : UPLOAD_ONLY
  switch (state.kind) {
    case 'paused':
      return state.because === 'all_keys_refused' ? null : { type: 'resume', key }
    case 'downloading':
      return { type: 'download_ended' }
    case 'disabled':
      return state.because === 'not_started' ? start : null
    case 'enabled':
      return state.upload.kind === 'offline' ? { type: 'online' } : null
    case 'creating':
    case 'enabling':
    case 'resuming':
    case 'rechecking':
    case 'disabling':
      return { type: 'online' }
    case 'wrong_version':
    case 'untrusted':
    case 'crashed':
      return null
  }
}

async function addKeys({ plan, durable }: Stage, comes: 'first' | 'later'): Promise<void> {
  for (const [number, key] of plan.keys.entries())
    if (key.comes === comes)
      await add(durable.store, number, {
        index: key.index,
        truth: key.truth,
        provenance: { kind: key.origin },
      })
}

/** Lets the engine come to rest, with the help of the app. */
async function settle(
  engine: BackupEngine,
  stage: Stage,
  { isDead, start }: { readonly isDead: () => boolean; readonly start: Command },
): Promise<void> {
  for (let helped = 0; helped < MAX_HELP; helped += 1) {
    const state = await steady(engine, isDead)
    const command = isDead() ? null : help(state, stage, start)
    if (command === null) return
    engine.send(command)
  }
  throw new Error('The app helps for ever')
}

type Phase = 'begun' | 'later' | 'done'

/** One process: from its start to its death, or to the end of the plan. */
async function live(stage: Stage, begun: number, phase: Phase): Promise<[Phase, State]> {
  const { plan, server, durable } = stage
  const ended = new AbortController()
  const clock = createSimulatedClock()
  const ports = portsOf(server.api, durable, clock)
  const process = mortal(ports, plan.crashes[begun], ended.signal)
  const engine = createBackupEngine(process.ports)
  stage.engine = engine
  const start = startOf(stage)
  const key = plan.mode === 'full' ? null : UPLOAD_ONLY
  const helper = { isDead: process.isDead, start }
  let now = phase
  engine.send(begun === 0 ? start : { type: 'resume', key })
  await settle(engine, stage, helper)
  if (!process.isDead() && now === 'begun') {
    now = 'later'
    await addKeys(stage, 'later')
    engine.send({ type: 'keys_added' })
    await settle(engine, stage, helper)
  }
  if (!process.isDead()) {
    server.setFaults(() => ({ kind: 'none' }))
    engine.send({ type: 'recheck' })
    await settle(engine, stage, helper)
    if (!process.isDead()) now = 'done'
  }
  const state = engine.state()
  stage.engine = null
  ended.abort(new Error('The process has ended'))
  await engine.stop()
  return [now, state]
}

/** Runs a plan. */
export async function run(plan: Plan): Promise<Life> {
  const [stage, replacements] = await prepare(plan)
  await addKeys(stage, 'first')
  let phase: Phase = 'begun'
  let begun = 0
  for (;;) {
    const [next, last] = await live(stage, begun, phase)
    phase = next
    const { server, durable } = stage
    if (phase === 'done') return { plan, server, durable, replacements, last, restarts: begun }
    begun += 1
  }
}

/** The key that the server's current version is of. */
export function currentOf(server: SimulatedServer): { id: string; publicKey: unknown } | null {
  const version = server.versions.findLast(({ deleted }) => !deleted)
  return version === undefined
    ? null
    : { id: version.id, publicKey: version.authData['public_key'] }
}

/** What the server says of a session of a version. */
export function heldOf(
  server: SimulatedServer,
  version: string,
  session: StoredSession,
): ReturnType<typeof metadata> | null {
  const key = addressKey(session)
  const entry = server.entriesOf(version).find((one) => addressKey(one) === key)
  return entry === undefined ? null : metadata(entry.data)
}

function metadata(data: unknown): { readonly index: number; readonly data: unknown } {
  const { first_message_index } = parseWire(keyBackupDataSchema, data, 'the entry')
  return { index: first_message_index, data }
}

/** Our public key. */
export const OUR_PUBLIC_KEY: string = publicKeyTextOf(FULL)

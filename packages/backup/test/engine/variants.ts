/**
 * Every variant of the state and every kind of event, by name. The types make it complete: a variant
 * or an event that is added to the engine does not compile without a row here.
 */
import { backupVersion, type BackupVersionInfo } from '@roomkeys/types'
import type {
  Backup,
  CreatingStep,
  EngineEvent,
  EngineEventType,
  EstablishingStep,
  Numbered,
  Progress,
  SealedKey,
  State,
  StateKind,
  Upload,
  Work,
} from '../../src/engine.ts'
import type { ApiErrorCode } from '../../src/ports.ts'
import { addressOf } from './sessions.ts'
import { authDataOf, FULL, OURS, THEIRS, UPLOAD_ONLY } from './world.ts'

/** The number of whatever runs. */
export const GENERATION = 5

const V1 = backupVersion('1')
const V2 = backupVersion('2')

function infoOf(version: typeof V1, key = OURS): BackupVersionInfo {
  const auth_data = authDataOf(key)
  return {
    algorithm: 'm.megolm_backup.v1.curve25519-aes-sha2',
    auth_data,
    count: 0,
    etag: '0',
    version,
  }
}

const BACKUP: Backup = { key: FULL, info: infoOf(V1) }
const NEXT_BACKUP: Backup = { key: FULL, info: infoOf(V2) }
const PACE = { keys: 100, bytes: 524_288, attempt: 0 }

/** A sealed key of the numbered session. */
export function sealedKey(number: number, index = 0): SealedKey {
  return {
    ...addressOf(number),
    revision: 1,
    data: {
      first_message_index: index,
      forwarded_count: 0,
      is_verified: false,
      session_data: {},
    },
    size: 900,
    afterwards: 'nothing',
  }
}

const PAIR: Work = {
  groups: [[sealedKey(1), sealedKey(2, 7)], [sealedKey(3)]],
  suspects: [],
  settled: [],
}
const SINGLE: Work = { groups: [[sealedKey(1)]], suspects: [], settled: [] }
const NOTHING: Work = { groups: [], suspects: [], settled: [] }
const SETTLED: Work = {
  ...SINGLE,
  settled: [{ ...addressOf(4), revision: 1, refused: 'rejected' }],
}

const PROGRESS: { readonly [K in Progress['kind']]: Extract<Progress, { kind: K }> } = {
  running: { kind: 'running' },
  backing_off: { kind: 'backing_off', delayMs: 1_000, because: 'offline' },
  offline: { kind: 'offline' },
}

const LATER: Work = { groups: [[sealedKey(2, 7)]], suspects: [], settled: [] }
const LAST: Work = {
  groups: [],
  suspects: [],
  settled: [{ ...addressOf(4), revision: 1, refused: null }],
}
/** One more refusal, and it is not the keys. */
const SUSPICIOUS: Work = {
  ...SINGLE,
  suspects: Array.from({ length: 15 }, (_, number) => ({
    ...addressOf(10 + number),
    revision: 1,
    refused: 'rejected',
  })),
}

const backingOff = (
  because: ApiErrorCode,
  work: Work,
): Extract<Upload, { kind: 'backing_off' }> => ({
  kind: 'backing_off',
  work,
  delayMs: 1_000,
  because,
})

const UPLOADS: {
  readonly [K in Upload['kind']]: Readonly<Record<string, Extract<Upload, { kind: K }>>>
} = {
  idle: { '': { kind: 'idle' } },
  jittering: { '': { kind: 'jittering' } },
  reading: { '': { kind: 'reading', news: 'none' }, '/news': { kind: 'reading', news: 'keys' } },
  guarding: { '': { kind: 'guarding', work: PAIR } },
  uploading: {
    '/pair': { kind: 'uploading', work: PAIR },
    '/single': { kind: 'uploading', work: SINGLE },
    '/suspicious': { kind: 'uploading', work: SUSPICIOUS },
  },
  marking: {
    '': { kind: 'marking', work: SETTLED },
    '/later': { kind: 'marking', work: { ...LATER, settled: LAST.settled } },
    '/last': { kind: 'marking', work: LAST },
  },
  backing_off: {
    '/network': backingOff('offline', PAIR),
    '/server': backingOff('rate_limited', SINGLE),
    '/settled': backingOff('server_error', LAST),
    '/version': backingOff('wrong_version', NOTHING),
  },
  offline: {
    '': { kind: 'offline', work: PAIR },
    '/single': { kind: 'offline', work: SINGLE },
    '/settled': { kind: 'offline', work: LAST },
    '/nothing': { kind: 'offline', work: NOTHING },
  },
}

const CREATING: { readonly [K in CreatingStep['kind']]: Extract<CreatingStep, { kind: K }> } = {
  keeping: { kind: 'keeping' },
  checking: { kind: 'checking', made: null },
  posting: { kind: 'posting' },
  adopting: { kind: 'adopting', backup: BACKUP },
}

const ESTABLISHING: {
  readonly [K in EstablishingStep['kind']]: Extract<EstablishingStep, { kind: K }>
} = {
  recalling: { kind: 'recalling', given: null },
  reading: { kind: 'reading', key: FULL },
  judging: { kind: 'judging', backup: NEXT_BACKUP },
  adopting: { kind: 'adopting', backup: NEXT_BACKUP },
}

/** A state under each name. */
type Named<S> = Readonly<Record<string, S>>

/** The values under the names of their steps; the waiting variants are of the first step. */
function stepped<T, S>(
  steps: Readonly<Record<string, T>>,
  make: (step: T, progress: Progress) => S,
): Named<S> {
  const entries = Object.entries(steps)
  const [first] = entries
  const waiting = Object.entries(PROGRESS).flatMap(([name, progress]): [string, S][] =>
    first === undefined || name === 'running'
      ? []
      : [[`/${first[0]}/${name}`, make(first[1], progress)]],
  )
  return Object.fromEntries([
    ...entries.map(([name, step]): [string, S] => [`/${name}`, make(step, PROGRESS.running)]),
    ...waiting,
  ])
}

const STATES: { readonly [K in StateKind]: Named<Extract<State, { kind: K }>> } = {
  disabled: {
    '/not_started': { kind: 'disabled', because: 'not_started' },
    '/preference_off': { kind: 'disabled', because: 'preference_off' },
  },
  creating: {
    ...stepped(CREATING, (step, progress) => ({
      kind: 'creating',
      key: OURS,
      replaces: null,
      step,
      progress,
      attempt: 0,
    })),
    '/checking/replacing': {
      kind: 'creating',
      key: OURS,
      replaces: V2,
      step: CREATING.checking,
      progress: PROGRESS.running,
      attempt: 0,
    },
    '/checking/made': {
      kind: 'creating',
      key: OURS,
      replaces: null,
      step: { kind: 'checking', made: V1 },
      progress: PROGRESS.running,
      attempt: 0,
    },
  },
  enabling: stepped(
    {
      reading: ESTABLISHING.reading,
      judging: ESTABLISHING.judging,
      adopting: ESTABLISHING.adopting,
    },
    (step, progress) => ({ kind: 'enabling', step, progress, attempt: 0 }),
  ),
  resuming: stepped(ESTABLISHING, (step, progress) => ({
    kind: 'resuming',
    step,
    progress,
    attempt: 0,
  })),
  rechecking: {
    ...stepped(
      {
        reading: ESTABLISHING.reading,
        judging: ESTABLISHING.judging,
        adopting: ESTABLISHING.adopting,
      },
      (step, progress) => ({
        kind: 'rechecking',
        because: 'wrong_version',
        known: V1,
        pace: PACE,
        step,
        progress,
        attempt: 0,
      }),
    ),
    '/judging/asked': {
      kind: 'rechecking',
      because: 'asked',
      known: V1,
      pace: PACE,
      step: { kind: 'judging', backup: BACKUP },
      progress: PROGRESS.running,
      attempt: 0,
    },
    '/judging/same': {
      kind: 'rechecking',
      because: 'wrong_version',
      known: V1,
      pace: PACE,
      step: { kind: 'judging', backup: BACKUP },
      progress: PROGRESS.running,
      attempt: 0,
    },
  },
  enabled: Object.fromEntries(
    Object.entries(UPLOADS).flatMap(([kind, uploads]) =>
      Object.entries<Upload>(uploads).map(([name, upload]) => [
        `/${kind}${name}`,
        { kind: 'enabled', backup: BACKUP, pace: PACE, upload },
      ]),
    ),
  ),
  downloading: { '': { kind: 'downloading', backup: BACKUP, pace: PACE } },
  disabling: stepped({ withdrawing: null }, (_, progress) => ({
    kind: 'disabling',
    target: V1,
    progress,
    attempt: 0,
  })),
  wrong_version: {
    '': { kind: 'wrong_version', because: 'another_key', info: infoOf(V2, THEIRS), key: FULL },
  },
  untrusted: {
    '': { kind: 'untrusted', backup: BACKUP, verdict: { isTrusted: false, because: 'unsigned' } },
  },
  paused: { '': { kind: 'paused', because: 'unauthorized', key: FULL } },
  crashed: { '': { kind: 'crashed', during: 'enabled', error: new Error('A mistake') } },
}

/** Every variant of the state, by name. */
export const ALL_STATES: readonly (readonly [string, Numbered])[] = Object.entries(STATES).flatMap(
  ([kind, variants]) =>
    Object.entries<State>(variants).map(
      ([name, state]) => [kind + name, { state, generation: GENERATION }] as const,
    ),
)

const FAILURES: Readonly<Record<ApiErrorCode, null>> = {
  offline: null,
  timeout: null,
  rate_limited: null,
  server_error: null,
  too_large: null,
  wrong_version: null,
  version_not_found: null,
  unauthorized: null,
  rejected: null,
  bad_answer: null,
}

const generation = GENERATION
const counts = { total: 4, pending: 2 }
const answer = { count: 2, etag: '1' }

type EventOf<T extends EngineEventType> = Extract<EngineEvent, { type: T }>

const EVENTS: { readonly [T in EngineEventType]: Named<EventOf<T>> } = {
  enable: { '': { type: 'enable', key: UPLOAD_ONLY } },
  create: { '': { type: 'create', key: OURS, replaces: null } },
  resume: { '': { type: 'resume', key: null } },
  recheck: { '': { type: 'recheck' } },
  disable: {
    ':keep': { type: 'disable', version: 'keep' },
    ':delete': { type: 'disable', version: 'delete' },
  },
  keys_added: { '': { type: 'keys_added' } },
  hurry: { '': { type: 'hurry' } },
  online: { '': { type: 'online' } },
  offline: { '': { type: 'offline' } },
  trust_decided: {
    ':use': { type: 'trust_decided', version: V1, decision: 'use' },
    ':refuse': { type: 'trust_decided', version: V1, decision: 'refuse' },
    ':another_version': { type: 'trust_decided', version: V2, decision: 'use' },
  },
  preference_changed: {
    ':on': { type: 'preference_changed', enabled: true },
    ':off': { type: 'preference_changed', enabled: false },
  },
  download_began: { '': { type: 'download_began' } },
  download_ended: { '': { type: 'download_ended' } },
  recalled: {
    ':nothing': { type: 'recalled', generation, memory: { kind: 'nothing' } },
    ':turned_off': { type: 'recalled', generation, memory: { kind: 'turned_off' } },
    ':key_missing': { type: 'recalled', generation, memory: { kind: 'key_missing' } },
    ':enabled': { type: 'recalled', generation, memory: { kind: 'enabled', key: FULL } },
    ':creating': {
      type: 'recalled',
      generation,
      memory: { kind: 'creating', key: OURS, replaces: null },
    },
    ':disabling': { type: 'recalled', generation, memory: { kind: 'disabling', target: V1 } },
  },
  version_read: {
    ':none': { type: 'version_read', generation, seen: { kind: 'none' } },
    ':ours': {
      type: 'version_read',
      generation,
      seen: { kind: 'readable', info: infoOf(V1), publicKey: OURS.publicKey },
    },
    ':another_key': {
      type: 'version_read',
      generation,
      seen: { kind: 'readable', info: infoOf(V2, THEIRS), publicKey: THEIRS.publicKey },
    },
    ':unsupported': {
      type: 'version_read',
      generation,
      seen: { kind: 'unsupported_algorithm', info: infoOf(V2) },
    },
    ':malformed': {
      type: 'version_read',
      generation,
      seen: { kind: 'malformed_auth_data', info: infoOf(V2) },
    },
  },
  trust_evaluated: {
    ':trusted': {
      type: 'trust_evaluated',
      generation,
      verdict: { isTrusted: true, by: 'key_match' },
    },
    ':untrusted': {
      type: 'trust_evaluated',
      generation,
      verdict: { isTrusted: false, because: 'unsigned' },
    },
  },
  key_kept: { '': { type: 'key_kept', generation } },
  version_created: { '': { type: 'version_created', generation, version: V1 } },
  adopted: { '': { type: 'adopted', generation } },
  pending_read: {
    ':none': { type: 'pending_read', generation, keys: [], unsealable: [] },
    ':keys': { type: 'pending_read', generation, keys: [sealedKey(1)], unsealable: [] },
    ':later_keys': { type: 'pending_read', generation, keys: [sealedKey(1, 7)], unsealable: [] },
    ':unsealable': {
      type: 'pending_read',
      generation,
      keys: [],
      unsealable: [{ ...addressOf(1), revision: 1, refused: 'unsealable' }],
    },
  },
  server_copies_read: {
    ':upload': {
      type: 'server_copies_read',
      generation,
      upload: [sealedKey(1)],
      settled: [],
      imported: 1,
    },
    ':nothing_left': {
      type: 'server_copies_read',
      generation,
      upload: [],
      settled: [{ ...addressOf(2), revision: 1, refused: null }],
      imported: 0,
    },
  },
  uploaded: { '': { type: 'uploaded', generation, answer, latencyMs: 50, shadowed: [] } },
  marked: { '': { type: 'marked', generation, counts } },
  withdrawn: { '': { type: 'withdrawn', generation } },
  timer_fired: { '': { type: 'timer_fired', generation } },
  failed: Object.fromEntries(
    Object.keys(FAILURES).map((code) => [
      `:${code}`,
      // The keys of the record are the codes.
      {
        type: 'failed',
        generation,
        failure: {
          code: code as ApiErrorCode,
          retryAfterMs: code === 'rate_limited' ? 7_000 : null,
        },
      },
    ]),
  ),
  crashed: { '': { type: 'crashed', generation, error: new Error('A mistake') } },
}

/** Every event, by name; those that end an operation end the present one. */
export const ALL_EVENTS: readonly (readonly [string, EngineEvent])[] = Object.entries(
  EVENTS,
).flatMap(([type, variants]) =>
  Object.entries<EngineEvent>(variants).map(([name, event]) => [type + name, event] as const),
)

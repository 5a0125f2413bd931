import { generateDecryptionKey } from '@roomkeys/backup'
import { backupVersion, type BackupVersionInfo } from '@roomkeys/types'
import { describe, expect, it } from 'vitest'
import { createAccount } from './account.ts'
import { info, problem } from './notice.ts'
import { createCollector, type Restored } from './restored.ts'
import type { DemoEvent, State, Step } from './state.ts'
import { transition } from './transition.ts'

const account = createAccount({
  baseUrl: 'https://matrix.example.org',
  accessToken: 'token',
  userId: '@alice:example.org',
  session: 'own',
})
const key = generateDecryptionKey()
const backup: BackupVersionInfo = {
  algorithm: 'm.megolm_backup.v1.curve25519-aes-sha2',
  auth_data: { public_key: key.publicKey },
  count: 1,
  etag: '1',
  version: backupVersion('1'),
}
const collector = createCollector()
const report = {
  version: backupVersion('1'),
  result: 'complete',
  total: 1,
  opened: 1,
  failed: 0,
  failures: {},
  missing: 0,
} as const
const empty = collector.finish({ ...report, result: 'nothing', opened: 0 })
const session = {
  algorithm: 'm.megolm.v1.aes-sha2',
  forwarding_curve25519_key_chain: [],
  sender_key: 'k',
  sender_claimed_keys: {},
  session_key: 's',
  room_id: '!r',
  session_id: 's',
}
const restored: Restored = { ...empty, report, sessions: [session] }
const notice = problem('step', 'It failed.')
const progress = { done: 1, total: 2 }

const withKey = { account, backup, key }
const STATES: Readonly<Record<Step, State>> = {
  'signed-out': { step: 'signed-out', notice: null },
  'signing-in': { step: 'signing-in' },
  'reading-backup': { step: 'reading-backup', account },
  'backup-missing': { step: 'backup-missing', account, notice },
  'ready-for-key': { step: 'ready-for-key', account, backup, notice: null },
  'checking-key': { step: 'checking-key', account, backup, progress: null },
  'key-known': { step: 'key-known', ...withKey, notice: null },
  restoring: { step: 'restoring', ...withKey, progress: null },
  restored: { step: 'restored', ...withKey, restored, notice: null },
  exporting: { step: 'exporting', ...withKey, restored, progress: null },
  'signing-out': { step: 'signing-out' },
}

const EVENTS: Readonly<Record<DemoEvent['type'], DemoEvent>> = {
  'sign-in-started': { type: 'sign-in-started' },
  'signed-in': { type: 'signed-in', account },
  'backup-wanted': { type: 'backup-wanted' },
  'backup-read': { type: 'backup-read', backup },
  'key-check-started': { type: 'key-check-started' },
  'key-identified': { type: 'key-identified', key, backup, notice: null },
  'restore-started': { type: 'restore-started' },
  'restore-finished': { type: 'restore-finished', restored },
  'export-started': { type: 'export-started' },
  'export-finished': { type: 'export-finished', fileName: 'roomkeys-alice.txt' },
  progressed: { type: 'progressed', progress },
  refused: { type: 'refused', notice },
  failed: { type: 'failed', notice },
  cancelled: { type: 'cancelled' },
  'sign-out-started': { type: 'sign-out-started' },
  'signed-out': { type: 'signed-out', notice: null },
}

const READING: State = { step: 'reading-backup', account }
const SIGNING_OUT: State = { step: 'signing-out' }
const readyForKey = (shown: typeof notice | null): State => ({
  step: 'ready-for-key',
  account,
  backup,
  notice: shown,
})
const keyKnown = (shown: typeof notice | null): State => ({
  step: 'key-known',
  ...withKey,
  notice: shown,
})
const allRestored = (shown: typeof notice | null): State => ({
  step: 'restored',
  ...withKey,
  restored,
  notice: shown,
})

/** Every pair that moves; all other pairs leave the state as it is. */
const MOVES: Readonly<Record<Step, Readonly<Partial<Record<DemoEvent['type'], State>>>>> = {
  'signed-out': {
    'sign-in-started': { step: 'signing-in' },
    refused: { step: 'signed-out', notice },
  },
  'signing-in': {
    'signed-in': READING,
    failed: { step: 'signed-out', notice },
    cancelled: { step: 'signed-out', notice: null },
  },
  'reading-backup': {
    'backup-read': readyForKey(null),
    failed: { step: 'backup-missing', account, notice },
    'sign-out-started': SIGNING_OUT,
  },
  'backup-missing': { 'backup-wanted': READING, 'sign-out-started': SIGNING_OUT },
  'ready-for-key': {
    'key-check-started': { step: 'checking-key', account, backup, progress: null },
    'backup-wanted': READING,
    refused: readyForKey(notice),
    'sign-out-started': SIGNING_OUT,
  },
  'checking-key': {
    'key-identified': keyKnown(null),
    progressed: { step: 'checking-key', account, backup, progress },
    failed: readyForKey(notice),
    cancelled: readyForKey(null),
    'sign-out-started': SIGNING_OUT,
  },
  'key-known': {
    'restore-started': { step: 'restoring', ...withKey, progress: null },
    'backup-wanted': READING,
    'sign-out-started': SIGNING_OUT,
  },
  restoring: {
    'restore-finished': allRestored(null),
    progressed: { step: 'restoring', ...withKey, progress },
    failed: keyKnown(notice),
    cancelled: keyKnown(info('The restore was cancelled. No key was kept.')),
    'sign-out-started': SIGNING_OUT,
  },
  restored: {
    'export-started': { step: 'exporting', ...withKey, restored, progress: null },
    'backup-wanted': READING,
    refused: allRestored(notice),
    'sign-out-started': SIGNING_OUT,
  },
  exporting: {
    'export-finished': allRestored(
      info('Saved as roomkeys-alice.txt. Importing it takes its passphrase.'),
    ),
    progressed: { step: 'exporting', ...withKey, restored, progress },
    failed: allRestored(notice),
    cancelled: allRestored(info('Cancelled. No file was written.')),
    'sign-out-started': SIGNING_OUT,
  },
  'signing-out': {
    'signed-out': { step: 'signed-out', notice: null },
    failed: { step: 'signed-out', notice },
  },
}

const PAIRS = Object.values(STATES).flatMap((state) =>
  Object.values(EVENTS).map((event) => ({
    state,
    event,
    next: MOVES[state.step][event.type] ?? state,
  })),
)

describe('transition', () => {
  it.each(PAIRS)('$state.step × $event.type → $next.step', ({ state, event, next }) => {
    expect(transition(state, event)).toEqual(next)
  })

  it('keeps the very same state where an event does not belong', () => {
    const strays = PAIRS.filter(({ state, event }) => MOVES[state.step][event.type] === undefined)
    expect(strays.every(({ state, event }) => transition(state, event) === state)).toBe(true)
    expect(strays.length).toBeGreaterThan(100)
  })

  it('tells that there is no backup', () => {
    const next = transition(READING, { type: 'backup-read', backup: null })
    expect(next).toMatchObject({ step: 'backup-missing', notice: { tone: 'error' } })
  })

  it('offers no file where no key was opened', () => {
    const state: State = { step: 'restored', ...withKey, restored: empty, notice: null }
    expect(transition(state, { type: 'export-started' })).toBe(state)
  })

  it('leaves nothing of the account in the state of signing out', () => {
    const states = Object.values(STATES).filter((state) => 'account' in state)
    const after = states.map((state) => transition(state, { type: 'sign-out-started' }))
    expect(after.map((state) => Object.keys(state))).toEqual(states.map(() => ['step']))
  })
})

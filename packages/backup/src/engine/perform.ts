/** Performing operations through the ports. */
import type { DecryptionKey } from '../decryption-key.ts'
import { ApiError } from '../ports/api-error.ts'
import type { Operation } from './effects.ts'
import type { Memory, Outcome } from './events.ts'
import { readServerCopies } from './guard.ts'
import { type BackupKey, publicKeyTextOf } from './key.ts'
import { readPending } from './pending.ts'
import type { EnginePorts } from './ports.ts'
import { parseRecord, RECORD_NAME, serialiseRecord } from './record.ts'
import { markSettled } from './settle.ts'
import { upload } from './send.ts'
import { createVersion, readSeenVersion } from './version.ts'

type OperationOf<T extends Operation['type']> = Extract<Operation, { readonly type: T }>

async function keptKey(
  { vault }: EnginePorts,
  publicKey: string,
  signal: AbortSignal,
): Promise<BackupKey | null> {
  const key = (await vault?.find(publicKey, { signal })) ?? null
  return key === null ? null : { mode: 'full', key }
}

async function recall(
  ports: EnginePorts,
  given: BackupKey | null,
  signal: AbortSignal,
): Promise<Memory> {
  const record = parseRecord(await ports.journal.read(RECORD_NAME))
  if (record?.state === 'disabling') return { kind: 'disabling', target: record.target }
  if ((await ports.preference.read({ signal })) === false) return { kind: 'turned_off' }
  if (given !== null) return { kind: 'enabled', key: given }
  if (record === null) {
    const key = (await ports.vault?.current({ signal })) ?? null
    return key === null ? { kind: 'nothing' } : { kind: 'enabled', key: { mode: 'full', key } }
  }
  const key = await keptKey(ports, record.publicKey, signal)
  if (key?.mode !== 'full') return { kind: 'key_missing' }
  if (record.state === 'enabled') return { kind: 'enabled', key }
  return { kind: 'creating', key: key.key, replaces: record.replaces }
}

async function turn(
  { preference }: EnginePorts,
  enabled: boolean,
  signal: AbortSignal,
): Promise<void> {
  if ((await preference.read({ signal })) !== enabled) await preference.write(enabled, { signal })
}

/** First the key, then the intent: a version whose key nobody keeps is never made. */
async function keepKey(
  ports: EnginePorts,
  { key, replaces }: OperationOf<'keep_key'>,
  signal: AbortSignal,
): Promise<Outcome> {
  if (ports.vault === null) throw new TypeError('vault must be there to make a version')
  await ports.vault.keep(key, { signal })
  await turn(ports, true, signal)
  const record = serialiseRecord({ state: 'creating', publicKey: key.publicKey, replaces })
  await ports.journal.write(RECORD_NAME, record)
  return { type: 'key_kept' }
}

async function makeCurrent(
  { vault }: EnginePorts,
  key: DecryptionKey,
  signal: AbortSignal,
): Promise<void> {
  if (vault === null) return
  await vault.keep(key, { signal })
  const current = await vault.current({ signal })
  if (current?.publicKey !== key.publicKey) await vault.makeCurrent(key, { signal })
}

async function adopt(
  ports: EnginePorts,
  { backup: { key, info }, preference }: OperationOf<'adopt'>,
  signal: AbortSignal,
): Promise<Outcome> {
  const record = parseRecord(await ports.journal.read(RECORD_NAME))
  const publicKey = publicKeyTextOf(key)
  // What the app gives anew is kept anew: the key before may have been for uploads alone.
  const isKnown =
    preference === 'leave' && record?.state === 'enabled' && record.publicKey === publicKey
  if (!isKnown && key.mode === 'full') await makeCurrent(ports, key.key, signal)
  if (preference === 'turn_on') await turn(ports, true, signal)
  if (!isKnown || record.version !== info.version) {
    const { version } = info
    const adopted = serialiseRecord({ state: 'enabled', publicKey, version })
    await ports.journal.write(RECORD_NAME, adopted)
  }
  return { type: 'adopted' }
}

/** The intent first, and forgotten last: what is interrupted is completed by `resume`. */
async function withdraw(
  ports: EnginePorts,
  { target }: OperationOf<'withdraw'>,
  signal: AbortSignal,
): Promise<Outcome> {
  await ports.journal.write(RECORD_NAME, serialiseRecord({ state: 'disabling', target }))
  await turn(ports, false, signal)
  if (target !== null) await ports.api.deleteVersion(target, { signal })
  await ports.journal.remove(RECORD_NAME)
  return { type: 'withdrawn' }
}

async function wait(
  { clock }: EnginePorts,
  delayMs: number,
  signal: AbortSignal,
): Promise<Outcome> {
  await clock.sleep(delayMs, signal)
  return { type: 'timer_fired' }
}

/** Performs an operation; what it throws is an outcome too. */
async function perform(
  ports: EnginePorts,
  operation: Operation,
  signal: AbortSignal,
): Promise<Outcome> {
  switch (operation.type) {
    case 'recall':
      return { type: 'recalled', memory: await recall(ports, operation.given, signal) }
    case 'read_version':
      return { type: 'version_read', seen: await readSeenVersion(ports, signal) }
    case 'evaluate_trust': {
      const { key, info } = operation.backup
      return { type: 'trust_evaluated', verdict: await ports.evaluateTrust(info, { key, signal }) }
    }
    case 'keep_key':
      return keepKey(ports, operation, signal)
    case 'create_version': {
      const version = await createVersion(ports, operation.key, signal)
      return { type: 'version_created', version }
    }
    case 'adopt':
      return adopt(ports, operation, signal)
    case 'read_pending':
      return { type: 'pending_read', ...(await readPending(ports, operation, signal)) }
    case 'read_server_copies':
      return { type: 'server_copies_read', ...(await readServerCopies(ports, operation, signal)) }
    case 'upload':
      return upload(ports, operation, signal)
    case 'mark':
      return { type: 'marked', counts: await markSettled(ports, operation) }
    case 'withdraw':
      return withdraw(ports, operation, signal)
    case 'start_timer':
      return wait(ports, operation.delayMs, signal)
    case 'start_jitter':
      return wait(ports, ports.jitter() * operation.withinMs, signal)
  }
}

/** A failure that the protocol knows; everything else is an exception. */
function failureOf(error: unknown): Outcome {
  if (error instanceof ApiError) {
    const { code, retryAfterMs } = error
    return { type: 'failed', failure: { code, retryAfterMs } }
  }
  // Vaults and preferences fail with errors of their own packages; all say whether to repeat.
  if (error instanceof Error && 'retryable' in error && error.retryable === true)
    return { type: 'failed', failure: { code: 'server_error', retryAfterMs: null } }
  return { type: 'crashed', error }
}

/** The outcome of an operation; it never rejects. */
export async function outcomeOf(
  ports: EnginePorts,
  operation: Operation,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    return await perform(ports, operation, signal)
  } catch (error) {
    return failureOf(error)
  }
}

/** Gathering the evidence of an examination: everything is read, nothing is written. */
import { type CallerTrust, inspectUser, trustedKeys } from '@roomkeys/cross-signing'
import type { SecretBytes } from '@roomkeys/crypto/secret'
import { type BackupVersionInfo, MEGOLM_BACKUP_V1 } from '@roomkeys/types'
import { callOptions } from '../ports/call-options.ts'
import type { DecryptionKey } from '../decryption-key.ts'
import { inspectAuthData, type TrustReport } from '../trust/report.ts'
import type { AccountDataEvidence, ClientFacts, Evidence, Reading } from './evidence.ts'
import { gatherAccountData } from './gather-account-data.ts'
import { readOnlyAccountData } from './gather-context.ts'
import { probeVersions, readCurrent } from './gather-versions.ts'
import type { DoctorPorts } from './ports.ts'
import { type GatherCall, reading } from './reading.ts'

/** Options of {@link gatherEvidence}. */
export interface GatherOptions extends GatherCall {
  /** Whose backup it is, and which keys are known by other means. */
  readonly caller: CallerTrust
  /** The key of secret storage, 32 bytes; without it, stored keys are not opened. */
  readonly storageKey?: SecretBytes
  /** What a client knows. */
  readonly client?: ClientFacts
  /** The algorithms that can be read; v1 when absent. */
  readonly algorithms?: readonly { readonly name: string }[]
}

/** What trust in a version is judged by. */
interface TrustSubject {
  readonly current: Reading<BackupVersionInfo | null>
  readonly key: DecryptionKey | null
}

async function gatherTrust(
  { queryKeys }: DoctorPorts,
  { current, key }: TrustSubject,
  { caller, signal }: GatherOptions,
): Promise<Reading<TrustReport | null>> {
  if (current.state !== 'read') return { state: 'not_read' }
  const version = current.value
  if (version === null) return { state: 'read', value: null }
  const call = callOptions({ signal })
  return reading(async () => {
    const user = inspectUser(await queryKeys(call), caller.userId, caller)
    const held = key === null ? {} : { held: { key, source: 'trusted' } as const }
    return inspectAuthData(version.auth_data, { user, trusted: trustedKeys(user), ...held })
  }, call)
}

/** The versions that something names beside the current one. */
function namedVersions(
  { superseded }: AccountDataEvidence,
  client: ClientFacts | undefined,
): readonly string[] {
  const kept = superseded.state === 'read' ? superseded.value.map(({ version }) => version) : []
  const used = client?.version ?? null
  return used === null ? kept : [used, ...kept]
}

/** From JavaScript, a key of another type would go unnoticed: all reads turn into failures. */
function assertOptions({ caller }: GatherOptions): void {
  inspectUser({}, caller.userId, caller)
}

/**
 * Gathers the evidence. Each failure becomes a part of it. No secret does: keys are told by their
 * public keys.
 *
 * @throws TypeError when a key that the caller knows is not the base64 of 32 bytes
 * @throws the signal's reason when it is aborted
 */
export async function gatherEvidence(
  ports: DoctorPorts,
  options: GatherOptions,
): Promise<Evidence> {
  assertOptions(options)
  const { storageKey = null, client, algorithms = [{ name: MEGOLM_BACKUP_V1 }] } = options
  const call = callOptions(options)
  const current = await readCurrent(ports, call)
  const accountData = readOnlyAccountData(ports)
  const { evidence, key } = await gatherAccountData({ accountData, storageKey, call })
  try {
    const trust = await gatherTrust(ports, { current, key }, options)
    const named = namedVersions(evidence, client)
    const versions = await probeVersions(ports, { current, named }, call)
    const knownAlgorithms = algorithms.map(({ name }) => name)
    return { ...versions, ...evidence, knownAlgorithms, trust, client: client ?? null }
  } finally {
    key?.privateKey.destroy()
  }
}

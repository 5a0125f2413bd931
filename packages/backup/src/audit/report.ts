/** What an audit came to. */
import { isAuthenticated } from '@roomkeys/megolm'
import { MAX_ID_BYTES, type RoomId } from '@roomkeys/types'
import type { BackupMacFact, MacKind } from '../algorithm.ts'
import { provenanceOf } from '../provenance.ts'
import type { AuditedEntry, EntryStatus, Seen } from './audited-entry.ts'
import type { AuditCode, VersionCode } from './finding.ts'
import { jsonBytes } from './json-bytes.ts'
import { type AuditOptions, MAX_REPORTED_ROOMS } from './options.ts'
import type { ReadFacts, VersionFacts } from './version-facts.ts'

/** The entries of a room. Bytes are those of the JSON, but for escapes and white space. */
export interface RoomAudit {
  readonly roomId: RoomId
  readonly entries: number
  /** Those that do not open with the backup's key. */
  readonly notOpened: number
  readonly bytes: number
}

/** A known key, and what is of it. */
export interface KeyAudit {
  /** Unpadded base64. */
  readonly publicKey: string
  /** Whether it is the backup's. */
  readonly isCurrent: boolean
  readonly opened: number
}

/** What the report leaves out. */
export interface AuditOmissions {
  /** Entries of rooms that are not reported by themselves, and their bytes. */
  readonly roomEntries: number
  readonly roomBytes: number
  /** Entries whose address, and ephemeral keys that, would not be known again when they come twice. */
  readonly addresses: number
  readonly ephemeralKeys: number
}

/**
 * `sound`: all is as it should be. `odd`: every entry opens with the backup's key, and something is odd.
 * `failing`: some entries do not, or conflict, or clients cannot use the version. `structure_only`: no
 * key is known, and no structure is broken; never a success.
 */
export type AuditResult = 'sound' | 'odd' | 'failing' | 'structure_only'

/** What an audit came to. */
export interface AuditReport {
  readonly result: AuditResult
  readonly entries: number
  readonly bytes: number
  readonly statuses: Readonly<Record<EntryStatus, number>>
  /** How often each code was found. */
  readonly findings: Readonly<Partial<Record<AuditCode, number>>>
  /** Which MAC of the ciphertext is right, of entries of a known key; `mismatch`: of no known key. */
  readonly macs: Readonly<Record<MacKind | 'mismatch', number>>
  /** What is known of the `backup_mac`, of all entries. */
  readonly backupMacs: Readonly<Record<BackupMacFact, number>>
  /** Of the entries that open, those that the owner of the backup vouches for. */
  readonly authenticated: number
  readonly unauthenticated: number
  /** Keys that begin after the first message: what came before cannot be read with them. */
  readonly startingLate: number
  readonly keys: readonly KeyAudit[]
  readonly rooms: readonly RoomAudit[]
  /** `null` where no version was given. */
  readonly version: VersionFacts | null
  readonly omitted: AuditOmissions
}

/** Counts entries. */
export interface AuditTally {
  readonly add: (audited: AuditedEntry) => void
  readonly report: () => AuditReport
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

const GRAVE: readonly VersionCode[] = ['algorithm_missing', 'auth_data_malformed', 'key_mismatch']

function resultOf(
  { statuses, findings, version }: Omit<AuditReport, 'result'>,
  current: ReadFacts['current'],
): AuditResult {
  const isGrave = version?.codes.some((code) => GRAVE.includes(code)) ?? false
  if (isGrave || statuses.failed + statuses.other_key + (findings.conflicting ?? 0) > 0)
    return 'failing'
  if (current === null) return 'structure_only'
  const isSound = Object.keys(findings).length === 0 && (version?.codes ?? []).length === 0
  return isSound ? 'sound' : 'odd'
}

/** The version's facts, once all entries are counted. */
function countedFacts(facts: VersionFacts | null, entries: number): VersionFacts | null {
  const announced = facts?.announced ?? null
  if (facts === null || announced === null || announced === entries) return facts
  return { ...facts, codes: [...facts.codes, 'count_differs'] }
}

/** Counts the entries of rooms, up to a limit of rooms. */
function createRooms(maxRooms: number) {
  const rooms = new Map<RoomId, Writable<RoomAudit>>()
  const rest = { roomEntries: 0, roomBytes: 0 }
  const roomOf = (roomId: RoomId): Writable<RoomAudit> | undefined => {
    const room = rooms.get(roomId)
    // An id may be as long as its sender likes: too long ones are not kept.
    if (room !== undefined || rooms.size >= maxRooms || roomId.length > MAX_ID_BYTES) return room
    const added = { roomId, entries: 0, notOpened: 0, bytes: 0 }
    rooms.set(roomId, added)
    return added
  }
  const add = ({ entry, status }: AuditedEntry, bytes: number): void => {
    const room = roomOf(entry.roomId)
    if (room === undefined) {
      rest.roomEntries += 1
      rest.roomBytes += bytes
      return
    }
    room.entries += 1
    room.bytes += bytes
    if (status === 'failed' || status === 'other_key') room.notOpened += 1
  }
  return { add, rest, list: (): readonly RoomAudit[] => [...rooms.values()] }
}

/** Counts the MACs and origins of what keys made of entries. */
function createMacs(options: AuditOptions) {
  const { algorithm, backupMacInV1 = 'ignored', keys = [] } = options
  const macs = { libolm: 0, intended: 0, backup_mac: 0, mismatch: 0 }
  const backupMacs = { valid: 0, mismatch: 0, missing: 0, unchecked: 0 }
  const origins = { authenticated: 0, unauthenticated: 0, startingLate: 0 }
  const opened = new Map(keys.map(({ publicKey }) => [publicKey, 0]))
  const add = ({ attempt }: AuditedEntry): void => {
    backupMacs[attempt?.backupMac ?? 'unchecked'] += 1
    if (attempt === null) return
    const { outcome, key } = attempt
    if (outcome.status === 'failed') {
      if (outcome.reason === 'mac_mismatch') macs.mismatch += 1
      return
    }
    macs[outcome.mac] += 1
    const isAuthentic = isAuthenticated(provenanceOf(outcome, { algorithm, backupMacInV1 }))
    origins[isAuthentic ? 'authenticated' : 'unauthenticated'] += 1
    if (outcome.firstMessageIndex > 0) origins.startingLate += 1
    if (key !== null) opened.set(key.publicKey, (opened.get(key.publicKey) ?? 0) + 1)
  }
  return { add, macs, backupMacs, origins, opened }
}

/** Begins to count. */
export function createTally(
  { facts, current }: ReadFacts,
  options: AuditOptions,
  { omitted }: Seen,
): AuditTally {
  const rooms = createRooms(options.maxRooms ?? MAX_REPORTED_ROOMS)
  const { add: addMacs, macs, backupMacs, origins, opened } = createMacs(options)
  const totals = { entries: 0, bytes: 0 }
  const statuses = { opened: 0, other_key: 0, failed: 0, read: 0 }
  const findings: Partial<Record<AuditCode, number>> = {}

  function add(audited: AuditedEntry): void {
    const bytes = jsonBytes(audited.entry.data)
    totals.entries += 1
    totals.bytes += bytes
    statuses[audited.status] += 1
    for (const { code } of audited.findings) findings[code] = (findings[code] ?? 0) + 1
    addMacs(audited)
    rooms.add(audited, bytes)
  }

  function report(): AuditReport {
    const counted: Omit<AuditReport, 'result'> = {
      ...totals,
      statuses: { ...statuses },
      findings: { ...findings },
      macs: { ...macs },
      backupMacs: { ...backupMacs },
      ...origins,
      keys: [...opened].map(([publicKey, count]) => ({
        publicKey,
        isCurrent: publicKey === current?.publicKey,
        opened: count,
      })),
      rooms: rooms.list(),
      version: countedFacts(facts, totals.entries),
      omitted: { ...rooms.rest, ...omitted },
    }
    return { result: resultOf(counted, current), ...counted }
  }
  return { add, report }
}

/**
 * The versions of the backup: the current one, and those that were left behind.
 *
 * The server lists none but the current one. Most servers count, so the numbers below it are asked for.
 */
import {
  backupVersion,
  type BackupVersionInfo,
  backupVersionInfoSchema,
  idProblem,
  parseWire,
} from '@roomkeys/types'
import type { Reading, UnreadVersion, VersionEvidence } from './evidence.ts'
import type { DoctorPorts } from './ports.ts'
import { type GatherCall, reading } from './reading.ts'
import { versionNumber } from './version-number.ts'

/** The most versions that are asked for: some servers count in steps of thousands. */
export const MAX_PROBED_VERSIONS = 50

/** After so many failures the rest is left: the server has other troubles. */
const MAX_FAILED_PROBES = 3

function parse(info: unknown): BackupVersionInfo | null {
  return info === null ? null : parseWire(backupVersionInfoSchema, info, 'the backup version')
}

/** Reads the current version. */
export function readCurrent(
  { currentVersion }: DoctorPorts,
  call: GatherCall,
): Promise<Reading<BackupVersionInfo | null>> {
  return reading(async () => parse(await currentVersion(call)), call)
}

function canBeAsked(version: string): boolean {
  return version !== '' && idProblem(version) === null
}

/** Which versions are asked for: those that are known of, then all numbers below the highest. */
interface ProbePlan {
  readonly asked: readonly string[]
  readonly notAsked: number
}

/** The numbers from the highest down to 1, as many as can be asked for beside the named ones. */
function countDown(highest: number, length: number): readonly string[] {
  const shown = Math.min(highest, length)
  return Array.from({ length: shown }, (_, index) => String(highest - index))
}

function plan(current: string | null, known: readonly string[]): ProbePlan {
  const named = [...new Set(known)].filter((version) => version !== current && canBeAsked(version))
  const all = current === null ? known : [current, ...known]
  const highest = Math.max(0, ...all.map((version) => versionNumber(version) ?? 0))
  const isNumbered = (version: string): boolean => versionNumber(version) !== null
  const counted = countDown(highest, MAX_PROBED_VERSIONS + all.length)
  const others = counted.filter((version) => version !== current && !named.includes(version))
  const asked = [...named, ...others].slice(0, MAX_PROBED_VERSIONS)
  const numbers =
    asked.filter(isNumbered).length + (current !== null && isNumbered(current) ? 1 : 0)
  const names = named.filter((version) => !isNumbered(version) && !asked.includes(version)).length
  return { asked, notAsked: highest - numbers + names }
}

/** What is known of versions before they are asked for. */
export interface KnownVersions {
  readonly current: Reading<BackupVersionInfo | null>
  /** Other versions that something names. */
  readonly named: readonly string[]
}

/** Asks for the other versions. */
export async function probeVersions(
  { readVersion }: DoctorPorts,
  { current, named }: KnownVersions,
  call: GatherCall,
): Promise<VersionEvidence> {
  const version = current.state === 'read' ? (current.value?.version ?? null) : null
  const { asked, notAsked } = plan(version, named)
  const older: BackupVersionInfo[] = []
  const gone: string[] = []
  const unread: UnreadVersion[] = []
  for (const each of asked) {
    if (unread.length === MAX_FAILED_PROBES) break
    const found = await reading(
      async () => parse(await readVersion(backupVersion(each), call)),
      call,
    )
    if (found.state === 'failed') unread.push({ version: each, failure: found.failure })
    else if (found.state === 'read' && found.value !== null) older.push(found.value)
    else gone.push(each)
  }
  const left = asked.length - older.length - gone.length - unread.length
  return { current, older, gone, unread, notAsked: notAsked + left }
}

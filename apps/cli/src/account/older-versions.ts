/** Versions below the current one. Servers list none of them, but most of them count. */
import type { RoomKeysApi } from '@roomkeys/backup/ports'
import { backupVersion, type BackupVersionInfo } from '@roomkeys/types'

/** How many numbers below the current one are tried, when nobody says. */
export const DEFAULT_PROBES = 20

/** A version that was found below the current one, or could not be read. */
export type OlderVersion =
  | { readonly state: 'read'; readonly info: BackupVersionInfo }
  | { readonly state: 'unreadable'; readonly version: string; readonly code: string }

/** Where the search starts, and how far it goes. */
export interface Search {
  readonly current: string
  readonly limit: number
  readonly signal: AbortSignal
}

function numberOf(version: string): number | null {
  return /^[1-9]\d{0,14}$/.test(version) ? Number(version) : null
}

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' ? code : 'unknown'
}

/** Looks for versions below the current one, newest first. */
export async function* olderVersions(
  api: RoomKeysApi,
  { current, limit, signal }: Search,
): AsyncGenerator<OlderVersion> {
  const highest = numberOf(current)
  if (highest === null) return
  for (let number = highest - 1; number > 0 && number >= highest - limit; number--) {
    const version = String(number)
    try {
      const info = await api.readVersion(backupVersion(version), { signal })
      if (info !== null) yield { state: 'read', info }
    } catch (error) {
      signal.throwIfAborted()
      yield { state: 'unreadable', version, code: codeOf(error) }
    }
  }
}

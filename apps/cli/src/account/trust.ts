/** Trust in a version, as far as the published keys of the account tell. */
import {
  inspectAuthData,
  type TrustReport,
  uploadTrust,
  type UploadTrust,
} from '@roomkeys/backup/trust'
import type { DecryptionKey } from '@roomkeys/backup'
import { inspectUser, trustedKeys } from '@roomkeys/cross-signing'
import { queryKeys } from '@roomkeys/transport/account'
import type { BackupVersionInfo, KeysQueryResponse } from '@roomkeys/types'
import type { Account } from './account.ts'

/** What is seen on a version, and what follows. */
export interface VersionTrust {
  readonly report: TrustReport
  readonly conclusion: UploadTrust
}

/** The published keys of the account. */
export function readPublishedKeys(
  { homeserver, userId }: Account,
  signal: AbortSignal,
): Promise<KeysQueryResponse> {
  return queryKeys(homeserver, { body: { device_keys: { [userId]: [] } } }, { signal })
}

/** Looks at `auth_data` of a version. The key was typed by a person, so it is trusted. */
export async function readTrust(
  account: Account,
  version: BackupVersionInfo,
  { key, signal }: { readonly key: DecryptionKey | null; readonly signal: AbortSignal },
): Promise<VersionTrust> {
  const user = inspectUser(await readPublishedKeys(account, signal), account.userId, {
    userId: account.userId,
  })
  const held = key === null ? {} : { held: { key, source: 'trusted' } as const }
  const report = inspectAuthData(version.auth_data, { user, trusted: trustedKeys(user), ...held })
  return { report, conclusion: uploadTrust(report) }
}

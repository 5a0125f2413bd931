/** The server's version is not ours. */
import type { BackupKey, SeenVersion } from './key.ts'
import type { WrongVersion, WrongVersionReason } from './state.ts'

/** The state that asks the app; `readable` is what is wrong with a version that can be read. */
export function wrongVersion(
  key: BackupKey,
  seen: Exclude<SeenVersion, { readonly kind: 'none' }>,
  readable: WrongVersionReason,
): WrongVersion {
  const because = seen.kind === 'readable' ? readable : seen.kind
  return { kind: 'wrong_version', because, info: seen.info, key }
}

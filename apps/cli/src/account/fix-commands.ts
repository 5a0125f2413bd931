/** What to run against a finding of the doctor. */
import type { Fix } from '@roomkeys/backup/doctor'

/** Where nothing depends on the facts of the finding. */
const FIXED = {
  retry: 'roomkeys doctor (again: the failure may pass)',
  ask_server_admin: 'Ask whoever runs the homeserver.',
  upgrade_client: 'Use a newer client for this backup.',
  create_version: 'Turn on key storage in your client: it makes a new backup.',
  verify_device: 'Verify this device in your client.',
  load_key: 'roomkeys export -o keys.txt (secret storage has the key that your client lacks)',
  move_secrets:
    'roomkeys secret get NAME -o FILE with the old key, then roomkeys secret store NAME --from FILE',
  store_key: 'roomkeys secret store m.megolm_backup.v1 --from FILE',
  set_up_secret_storage: 'Set up recovery in your client.',
  use_version: 'Restart your client: it uses a version that is not current.',
  upload_again: 'roomkeys import FILE (with the key export file of your client)',
  restore: 'roomkeys export -o keys.txt',
  enter_storage_key: 'roomkeys doctor --recovery-key-file FILE',
} as const satisfies Partial<Record<Fix['action'], string>>

/** A command, or what else there is to do, in words. */
export function whatToRun(fix: Fix): string {
  switch (fix.action) {
    case 'retry':
    case 'ask_server_admin':
    case 'upgrade_client':
    case 'create_version':
    case 'verify_device':
    case 'load_key':
    case 'move_secrets':
    case 'store_key':
    case 'set_up_secret_storage':
    case 'use_version':
    case 'upload_again':
    case 'restore':
    case 'enter_storage_key':
      return FIXED[fix.action]
    case 'replace_version':
      return `roomkeys download -o snapshot.json, then roomkeys rotate (replaces version ${fix.version})`
    case 'delete_version':
      return `roomkeys versions delete ${fix.version}`
    case 'merge_version':
      return `roomkeys export --backup-version ${fix.from} -o keys.txt, then roomkeys import keys.txt`
    case 'repair_version':
    case 'sign_version':
      return `Verify your client: it signs version ${fix.version}.`
    case 'enter_decryption_key':
      return `roomkeys key inspect --recovery-key-file FILE (which key opens version ${fix.version}?)`
    case 'set_default_key':
      return `Set up recovery again in your client (the key that is there is ${fix.keyId}).`
    case 'set_preference':
      return `Turn key storage ${fix.enabled ? 'on' : 'off'} in your client.`
    case 'drop_superseded_key':
      return `Nothing has to be done; the kept key of version ${fix.version} is not needed any more.`
  }
}

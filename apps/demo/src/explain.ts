/** The one place where errors become text, tied to the field or the step where they are put right. */
import { BackupError, type BackupErrorCode } from '@roomkeys/backup'
import { ClientError, type ClientErrorCode } from '@roomkeys/client'
import { CryptoError } from '@roomkeys/crypto/bytes'
import { KeyExportError } from '@roomkeys/key-export'
import { FAILURE_TEXTS } from './entry-texts.ts'
import { explainTransport } from './explain-transport.ts'
import { type Notice, problem } from './notice.ts'
import type { Task } from './task.ts'
import { isTransportError } from '@roomkeys/transport'

const KEY_TYPOS = {
  key_text_character:
    'Keys have letters and digits only, and no 0, O, I or l: look for a mix-up there.',
  key_text_length: 'Check that you copied all of it, and nothing else.',
  key_text_prefix: 'Keys begin with “Es”: check the first characters, and that it is a key at all.',
  key_text_parity: 'A character was mistaken or swapped: compare it with your copy.',
} as const

const CLIENT_TEXTS: Readonly<Record<ClientErrorCode, string>> = {
  no_backup: 'The backup is gone: this account has none on this server any more.',
  wrong_key: 'The backup was replaced meanwhile, and has another key. Look for it again.',
  unsupported_algorithm: 'The backup is of an algorithm that is not known here.',
  version_gone: 'The backup was deleted while it was read. Look for its successor.',
}

/** Others come from what this page does not do; their own message has nothing secret in it. */
const BACKUP_TEXTS: Readonly<Partial<Record<BackupErrorCode, string>>> = {
  ...FAILURE_TEXTS,
  malformed_keys: 'The homeserver answered in a way that Matrix does not know.',
  malformed_auth_data: 'What the server says about the backup is damaged, so no key can match it.',
  no_passphrase: 'This backup was not made with a passphrase. Use the decryption key.',
  unsupported_passphrase:
    'The server asks for a passphrase of a kind that is refused here. Use the decryption key.',
}

function isKeyTypo(code: string): code is keyof typeof KEY_TYPOS {
  return Object.hasOwn(KEY_TYPOS, code)
}

function explainCrypto({ code, message }: CryptoError): Notice {
  return isKeyTypo(code)
    ? problem('decryption-key', `${message}. ${KEY_TYPOS[code]}`)
    : problem('step', `Data could not be read: ${message}.`)
}

function explainBackup({ code, message }: BackupError): Notice {
  const place = code === 'unsupported_passphrase' ? 'backup-passphrase' : 'step'
  return problem(place, BACKUP_TEXTS[code] ?? `${message}.`)
}

/** The message of an unexpected error is not shown: nobody has checked what is in it. */
function explainUnexpected(error: unknown): Notice {
  const name = error instanceof Error ? error.name : typeof error
  return problem('step', `Something went wrong that should not (${name}). Reload and try again.`)
}

/**
 * Puts an error into words.
 *
 * @param task - what was under way
 */
export function explain(error: unknown, task: Task): Notice {
  if (isTransportError(error)) return explainTransport(error, task)
  if (error instanceof ClientError) return problem('step', CLIENT_TEXTS[error.code])
  if (error instanceof CryptoError) return explainCrypto(error)
  if (error instanceof BackupError) return explainBackup(error)
  if (error instanceof KeyExportError) return problem('step', `${error.message}.`)
  return explainUnexpected(error)
}

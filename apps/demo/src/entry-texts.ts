/** What happened to entries, in words for their owner. */
import type { EntryNote, FailureReason } from '@roomkeys/backup'

/** Why a key could not be opened. */
export const FAILURE_TEXTS: Readonly<Record<FailureReason, string>> = {
  malformed_entry: 'The server sent something that is not a backed-up key.',
  malformed_session_data: 'The encrypted data is incomplete or garbled.',
  weak_ephemeral_key: 'It was encrypted in a way that protects nothing, so it is not trusted.',
  backup_mac_missing: 'Nothing proves that you backed it up, and that is required here.',
  backup_mac_mismatch: 'It is not as you backed it up: somebody else wrote or changed it.',
  mac_mismatch: 'It was encrypted for another key, or damaged.',
  mac_over_ciphertext: 'Its checksum is of a kind that is not accepted here.',
  bad_ciphertext: 'The encrypted data is damaged.',
  malformed_plaintext: 'It was decrypted, but what is inside is not a room key.',
  unsupported_session: 'It is a room key of a kind that is not known here.',
  malformed_session_key: 'It was decrypted, but the room key inside is damaged.',
  session_id_mismatch: 'It holds the key of another session than the one it is stored for.',
}

/** What is worth knowing of a key that was opened. */
export const NOTE_TEXTS: Readonly<Record<EntryNote, string>> = {
  sender_claimed_keys_missing: 'It is not said who the sender claimed to be',
  sender_claimed_keys_misspelt:
    'The sender’s claimed keys stood under an old misspelling, which was put right',
  forwarding_chain_missing: 'It is not said whether the key was forwarded; taken as not forwarded',
  forwarded: 'Forwarded by another device than the one that made the key',
  metadata_malformed: 'The details beside the encrypted data are damaged; the key itself is fine',
  first_message_index_differs:
    'The key opens messages from another point on than the backup says; the key decides',
}

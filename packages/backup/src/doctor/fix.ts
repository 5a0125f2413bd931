/** What is proposed against a finding. Nothing here is done by the examination: it only reads. */

/** A proposed action with its parameters. */
export type Fix =
  /** Read again: the failure may pass. */
  | { readonly action: 'retry' }
  /** Nothing here can help: the server answers what it must not. */
  | { readonly action: 'ask_server_admin' }
  /** Another client, or a newer one, can read it. */
  | { readonly action: 'upgrade_client'; readonly algorithm: string | null }
  /** Make a backup, signed, with its key in secret storage. */
  | { readonly action: 'create_version' }
  /** Make another version, move into it what can be read, and delete this one last. */
  | { readonly action: 'replace_version'; readonly version: string }
  /** Delete a version in which nothing is left, or nothing that can ever be read. */
  | { readonly action: 'delete_version'; readonly version: string }
  /** Move the keys of an older version into the current one (`null`: make one), then delete it. */
  | { readonly action: 'merge_version'; readonly from: string; readonly into: string | null }
  /** Sign a version that nobody vouches for, with its decryption key as the proof. */
  | { readonly action: 'repair_version'; readonly version: string }
  /** Sign a trusted version with the master key. */
  | { readonly action: 'sign_version'; readonly version: string }
  /** Verify this device, or the one that has signed. */
  | { readonly action: 'verify_device' }
  /** Ask a person for the decryption key of a version; if nobody has it, replace the version. */
  | { readonly action: 'enter_decryption_key'; readonly version: string }
  /** Ask a person for the storage key; `null`: of whichever id. */
  | { readonly action: 'enter_storage_key'; readonly keyId: string | null }
  /** Take the decryption key from where it is kept into the client. */
  | { readonly action: 'load_key'; readonly from: 'secret_storage' | 'superseded_keys' }
  /** Put the decryption key into secret storage; the one that is there is kept as superseded. */
  | { readonly action: 'store_key'; readonly from: 'client' | 'superseded_keys' }
  /** Encrypt the secrets of one storage key for another. */
  | { readonly action: 'move_secrets'; readonly from: string; readonly to: string }
  | { readonly action: 'set_default_key'; readonly keyId: string }
  | { readonly action: 'set_up_secret_storage' }
  | { readonly action: 'set_preference'; readonly enabled: boolean }
  /** Have the client use this version; `null`: none. */
  | { readonly action: 'use_version'; readonly version: string | null }
  /** Upload every key of the client again. */
  | { readonly action: 'upload_again'; readonly version: string }
  /** Read what others have uploaded. */
  | { readonly action: 'restore'; readonly version: string }
  | { readonly action: 'drop_superseded_key'; readonly version: string }

/** Where a copy of a session comes from, and which origin says more about it. */

/** The origin of a copy. */
export type Provenance =
  /** Own, or sent by its maker over Olm (`m.room_key`). */
  | { readonly kind: 'direct' }
  /** From a backup, with a valid MAC of the backup's owner (MSC4048). */
  | { readonly kind: 'authenticated_backup' }
  /** Forwarded by a verified device of one's own. */
  | { readonly kind: 'forwarded' }
  /** From a bundle of a room's history keys (MSC4268). */
  | { readonly kind: 'key_bundle'; /** User id of who gave it. */ readonly from: string }
  /** From a key export file. */
  | { readonly kind: 'export_file' }
  /** From a backup that anyone with its public key can have written to. */
  | { readonly kind: 'unauthenticated_backup' }

const RANKS: Readonly<Record<Provenance['kind'], number>> = {
  direct: 0,
  authenticated_backup: 1,
  forwarded: 2,
  key_bundle: 3,
  export_file: 4,
  unauthenticated_backup: 5,
}

/** The place of an origin in the order; 0 is the best, and all have one digit. */
export function rankOf({ kind }: Provenance): number {
  return RANKS[kind]
}

/** Compares as a sort does: negative when the first origin is the better one. */
export function compareProvenance(first: Provenance, second: Provenance): number {
  return rankOf(first) - rankOf(second)
}

/** Whether the origin itself vouches for the copy: its maker, or the owner of the backup. */
export function isAuthenticated({ kind }: Provenance): boolean {
  return kind === 'direct' || kind === 'authenticated_backup'
}

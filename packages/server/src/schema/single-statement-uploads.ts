/**
 * The step that lets an upload be one statement.
 *
 * - `is_current` is set on one version of a user, so that the row that an upload locks also tells whether
 *   the version is current; a second look, after the lock, would be a second statement.
 * - `previous` is what an upload replaced: the metadata before. It takes the place of `replaced`.
 */
import type { Migration } from './migrations.ts'

/** Current versions by a column; what was replaced, beside what replaced it. */
export const singleStatementUploads: Migration = [
  'ALTER TABLE backup_versions ADD COLUMN is_current boolean NOT NULL DEFAULT false',
  `UPDATE backup_versions SET is_current = true
   WHERE deleted_at IS NULL AND NOT EXISTS (
     SELECT 1 FROM backup_versions newer
     WHERE newer.user_id = backup_versions.user_id AND newer.version > backup_versions.version
       AND newer.deleted_at IS NULL)`,
  'ALTER TABLE backup_keys DROP COLUMN replaced',
  'ALTER TABLE backup_keys ADD COLUMN previous text',
]

/**
 * The step that lets every query name its user, and lets deleted versions be purged in batches.
 *
 * - An access token says whose it is, so its row is found by `user_id` and hash. Tokens of before do
 *   not say so and end here: everyone signs in once more.
 * - `replaced` tells an upload which rows it inserted and which it replaced. `xmax` would tell as
 *   well, but not of a partitioned table.
 * - `purged_at` is set once no key is left below a tombstone. The index has the few versions that
 *   still wait for it.
 */
import type { Migration } from './migrations.ts'

/** Tokens by user, upserts on partitioned tables, tombstones before purges. */
export const backupStorage: Migration = [
  'DROP TABLE access_tokens',
  `CREATE TABLE access_tokens (
    user_id text COLLATE "C" NOT NULL REFERENCES users ON DELETE CASCADE,
    token_hash text COLLATE "C" NOT NULL,
    device_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, token_hash)
  )`,
  'CREATE INDEX access_tokens_device ON access_tokens (user_id, device_id)',
  'ALTER TABLE backup_keys ADD COLUMN replaced boolean NOT NULL DEFAULT false',
  'ALTER TABLE backup_versions ADD COLUMN purged_at bigint',
  `CREATE INDEX backup_versions_unpurged ON backup_versions (user_id, version)
   WHERE deleted_at IS NOT NULL AND purged_at IS NULL`,
]

/**
 * The schema, as the list of steps that led to it. A step that was released never changes; a new
 * one is added at the end.
 *
 * Every key starts with `user_id`, so that the tables can be sharded by it. Identifiers are compared
 * by their bytes (`COLLATE "C"`). Opaque JSON is TEXT: JSONB would refuse U+0000 and forget the order
 * of keys. Keys have no foreign key to their version: checking it would cost every row of an upload,
 * and one transaction writes both.
 */

import { backupStorage } from './backup-storage.ts'
import { deviceSchema } from './device-migrations.ts'
import { singleStatementUploads } from './single-statement-uploads.ts'

/** Statements of one step. */
export type Migration = readonly string[]

const initialSchema: Migration = [
  `CREATE TABLE users (
    user_id text COLLATE "C" PRIMARY KEY,
    password_hash text NOT NULL,
    next_version bigint NOT NULL DEFAULT 1
  )`,
  `CREATE TABLE access_tokens (
    token_hash text COLLATE "C" PRIMARY KEY,
    user_id text COLLATE "C" NOT NULL REFERENCES users ON DELETE CASCADE,
    device_id text COLLATE "C" NOT NULL
  )`,
  `CREATE INDEX access_tokens_device ON access_tokens (user_id, device_id)`,
  `CREATE TABLE account_data (
    user_id text COLLATE "C" NOT NULL REFERENCES users ON DELETE CASCADE,
    type text COLLATE "C" NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (user_id, type)
  )`,
  `CREATE TABLE backup_versions (
    user_id text COLLATE "C" NOT NULL REFERENCES users ON DELETE CASCADE,
    version bigint NOT NULL,
    algorithm text NOT NULL,
    auth_data text NOT NULL,
    etag bigint NOT NULL DEFAULT 0,
    key_count bigint NOT NULL DEFAULT 0,
    deleted_at bigint,
    PRIMARY KEY (user_id, version)
  )`,
  `CREATE TABLE backup_keys (
    user_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    room_id text COLLATE "C" NOT NULL,
    session_id text COLLATE "C" NOT NULL,
    first_message_index bigint NOT NULL,
    forwarded_count bigint NOT NULL,
    is_verified boolean NOT NULL,
    session_data text NOT NULL,
    PRIMARY KEY (user_id, version, room_id, session_id)
  )`,
]

/** Every step, in order. */
export const MIGRATIONS: readonly Migration[] = [
  initialSchema,
  deviceSchema,
  backupStorage,
  singleStatementUploads,
]

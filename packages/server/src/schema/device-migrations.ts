/**
 * Schema of devices, their keys and what they are told in `/sync`.
 *
 * Every change that a device may have to hear of takes the next number of its user's stream, while the
 * row of the user is locked. So the numbers of one user become visible in their order, and a reader
 * who saw one has missed none before it.
 *
 * Rows of a device go with the device, and a device goes with its user.
 */
import type { Migration } from './migrations.ts'

/** Positions of another database mean nothing; the epoch tells which one a client has seen. */
const STREAM: Migration = [
  `ALTER TABLE users ADD COLUMN stream_position bigint NOT NULL DEFAULT 0`,
  `ALTER TABLE users ADD COLUMN stream_epoch text NOT NULL
     DEFAULT substr(replace(gen_random_uuid()::text, '-', ''), 1, 16)`,
  `ALTER TABLE account_data ADD COLUMN position bigint NOT NULL DEFAULT 0`,
]

const DEVICES: Migration = [
  `CREATE TABLE devices (
    user_id text COLLATE "C" NOT NULL REFERENCES users ON DELETE CASCADE,
    device_id text COLLATE "C" NOT NULL,
    display_name text,
    device_keys text,
    key_counts_position bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, device_id)
  )`,
  `INSERT INTO devices (user_id, device_id)
     SELECT DISTINCT user_id, device_id FROM access_tokens`,
  `CREATE TABLE one_time_keys (
    user_id text COLLATE "C" NOT NULL,
    device_id text COLLATE "C" NOT NULL,
    algorithm text COLLATE "C" NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (user_id, device_id, algorithm, key_id),
    FOREIGN KEY (user_id, device_id) REFERENCES devices ON DELETE CASCADE
  )`,
  `CREATE TABLE fallback_keys (
    user_id text COLLATE "C" NOT NULL,
    device_id text COLLATE "C" NOT NULL,
    algorithm text COLLATE "C" NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    content text NOT NULL,
    used boolean NOT NULL DEFAULT false,
    PRIMARY KEY (user_id, device_id, algorithm),
    FOREIGN KEY (user_id, device_id) REFERENCES devices ON DELETE CASCADE
  )`,
  `CREATE TABLE to_device_messages (
    user_id text COLLATE "C" NOT NULL,
    device_id text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    sender text COLLATE "C" NOT NULL,
    type text NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (user_id, device_id, position),
    FOREIGN KEY (user_id, device_id) REFERENCES devices ON DELETE CASCADE
  )`,
]

/** Kept beside the receiver, so that one transaction of theirs decides whether a message is new. */
const TRANSACTIONS: Migration = [
  `CREATE TABLE to_device_transactions (
    user_id text COLLATE "C" NOT NULL REFERENCES users ON DELETE CASCADE,
    sender text COLLATE "C" NOT NULL,
    sender_device_id text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    txn_id text COLLATE "C" NOT NULL,
    sent_at bigint NOT NULL,
    PRIMARY KEY (user_id, sender, sender_device_id, type, txn_id)
  )`,
]

const CROSS_SIGNING: Migration = [
  `CREATE TABLE cross_signing_keys (
    user_id text COLLATE "C" NOT NULL REFERENCES users ON DELETE CASCADE,
    usage text COLLATE "C" NOT NULL,
    public_key text COLLATE "C" NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (user_id, usage)
  )`,
  `CREATE TABLE key_signatures (
    user_id text COLLATE "C" NOT NULL REFERENCES users ON DELETE CASCADE,
    target_user_id text COLLATE "C" NOT NULL,
    target_key text COLLATE "C" NOT NULL,
    signing_key_id text COLLATE "C" NOT NULL,
    signature text NOT NULL,
    PRIMARY KEY (user_id, target_user_id, target_key, signing_key_id)
  )`,
  `CREATE TABLE device_list_changes (
    user_id text COLLATE "C" NOT NULL REFERENCES users ON DELETE CASCADE,
    changed_user_id text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (user_id, changed_user_id)
  )`,
]

const SESSIONS: Migration = [
  `CREATE TABLE filters (
    user_id text COLLATE "C" NOT NULL REFERENCES users ON DELETE CASCADE,
    filter_id text COLLATE "C" NOT NULL,
    definition text NOT NULL,
    PRIMARY KEY (user_id, filter_id)
  )`,
  `CREATE TABLE interactive_sessions (
    user_id text COLLATE "C" NOT NULL REFERENCES users ON DELETE CASCADE,
    session_id text COLLATE "C" NOT NULL,
    operation text NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (user_id, session_id)
  )`,
]

/** Devices, keys, messages between devices, and the stream that `/sync` follows. */
export const deviceSchema: Migration = [
  ...STREAM,
  ...DEVICES,
  ...TRANSACTIONS,
  ...CROSS_SIGNING,
  ...SESSIONS,
]

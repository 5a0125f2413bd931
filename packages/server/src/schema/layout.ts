/**
 * How tables are laid out: whole, or partitioned by a hash of `user_id`.
 *
 * Every table of the schema has `user_id` in front of its primary key, so a partitioned table has the
 * same columns, keys and statements as a whole one; PostgreSQL finds the partition from the `user_id`
 * that every query carries. Migrations are written for whole tables, and this makes the others of
 * them.
 *
 * @see https://www.postgresql.org/docs/current/ddl-partitioning.html
 */

/** How many partitions each table has; 0 for whole tables. */
export type Partitions = number

/** More would only cost planning time. */
export const MAX_PARTITIONS = 1024

const CREATE_TABLE = /^\s*CREATE TABLE (\w+)\s*\(\s*user_id\b/

function partition(table: string, partitions: Partitions, remainder: number): string {
  return `CREATE TABLE ${table}_p${remainder} PARTITION OF ${table}
    FOR VALUES WITH (MODULUS ${partitions}, REMAINDER ${remainder})`
}

/** The statements that a statement of a migration becomes. */
export function laidOut(statement: string, partitions: Partitions): readonly string[] {
  const table = CREATE_TABLE.exec(statement)?.[1]
  if (partitions === 0 || table === undefined) return [statement]
  return [
    `${statement} PARTITION BY HASH (user_id)`,
    ...Array.from({ length: partitions }, (_, i) => partition(table, partitions, i)),
  ]
}

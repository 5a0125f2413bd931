/** Key export files that the Rust implementation wrote, and the sessions that it wrote. */
import {
  exportedSessionDataSchema,
  type ExportedSessionData,
  parseWire,
  type WireSchema,
} from '@roomkeys/types'
import { readFileSync } from 'node:fs'
import * as v from 'valibot'

function read<T>(name: string, schema: WireSchema<T>): T {
  const file = new URL(`../../../vectors/${name}`, import.meta.url)
  return parseWire(schema, JSON.parse(readFileSync(file, 'utf8')), name)
}

/** A key export file with its passphrase, its rounds, and the number of its sessions. */
export interface FileVector {
  readonly passphrase: string
  readonly rounds: number
  readonly file: string
  readonly sessions: number
}

const fileSchema: WireSchema<FileVector> = v.object({
  passphrase: v.string(),
  rounds: v.number(),
  file: v.string(),
  sessions: v.number(),
})

/** Every file, the smallest first. */
export const files: readonly FileVector[] = read(
  'key-export-rust.json',
  v.object({ files: v.array(fileSchema) }),
).files.toSorted((a, b) => a.sessions - b.sessions)

/** The sessions as the Rust implementation was given them; a file holds the first of them. */
export const sessions: readonly ExportedSessionData[] = read(
  'account-rust.json',
  v.object({ expected: v.array(exportedSessionDataSchema) }),
).expected

/** The first of a list that the files fill. */
export function first<T>(list: readonly T[]): T {
  const [head] = list
  if (head === undefined) throw new TypeError('The vectors are empty')
  return head
}

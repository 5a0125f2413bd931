/** What a file is, told by how it begins. */
import { headOf } from './read-file.ts'

/**
 * `snapshot`: the body of `GET /room_keys/keys`. `key_export`: the encrypted file of clients.
 * `sessions`: sessions in the clear, as JSON lines or a JSON array.
 */
export type FileKind = 'snapshot' | 'key_export' | 'sessions' | 'unknown'

const EXPORT_HEADER = '-----BEGIN MEGOLM SESSION DATA-----'
const SNAPSHOT = /^\{\s*"rooms"\s*:/

/** What a file with this beginning is. */
export function kindOfHead(head: Uint8Array): FileKind {
  const text = new TextDecoder().decode(head).trimStart()
  if (text.includes(EXPORT_HEADER)) return 'key_export'
  if (SNAPSHOT.test(text)) return 'snapshot'
  return text.startsWith('[') || text.startsWith('{') ? 'sessions' : 'unknown'
}

/** What the file at this path is. */
export async function kindOfFile(path: string): Promise<FileKind> {
  return kindOfHead(await headOf(path))
}

/** Failures of the file system, in words. They name a path, and nothing that is in the file. */

const TEXTS: Readonly<Record<string, string>> = {
  EACCES: 'this is not allowed',
  EDQUOT: 'the disk quota is used up',
  EISDIR: 'this is a folder',
  ELOOP: 'the links lead in a circle',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is no folder',
  EPERM: 'this is not allowed',
  EROFS: 'nothing can be written there',
}

/** The code of an error, or `null` when it has none. */
export function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null
}

/** Whether the reason of a failure is that nothing is at the path. */
export function isNotThere(error: unknown): boolean {
  return codeOf(error) === 'ENOENT'
}

/** Some failures do not say what they are about. */
export function aboutPath(error: unknown, path: string): unknown {
  const isNameless = error instanceof Error && 'syscall' in error && !('path' in error)
  return isNameless ? Object.assign(error, { path }) : error
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** A failure as a sentence, or `null` when it is not one of the file system. */
export function systemText(error: Error): string | null {
  const code = codeOf(error) ?? ''
  if (!('syscall' in error)) return null
  const text = Object.hasOwn(TEXTS, code) ? (TEXTS[code] ?? null) : null
  if (!('path' in error)) return text === null ? null : `${capitalised(text)}.`
  return text === null ? error.message : `${String(error.path)}: ${text}.`
}

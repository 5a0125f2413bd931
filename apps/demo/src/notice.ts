/** What the page tells about a step: that it failed, or that it ended early. */

/** A field of a form; also the id of its input. */
export type Field =
  | 'homeserver'
  | 'user'
  | 'password'
  | 'access-token'
  | 'decryption-key'
  | 'backup-passphrase'
  | 'file-passphrase'
  | 'file-passphrase-again'

/** A text at a field, or at the step as a whole. */
export interface Notice {
  readonly place: Field | 'step'
  readonly tone: 'error' | 'info'
  readonly text: string
}

/** Something that went wrong at a place. */
export function problem(place: Notice['place'], text: string): Notice {
  return { place, tone: 'error', text }
}

/** Something that a person should know of the step. */
export function info(text: string): Notice {
  return { place: 'step', tone: 'info', text }
}

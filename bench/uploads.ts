// Uploads of keys that are as long as real ones, and as random: nothing compresses.

const KEYS_PER_ROOM = 250

export function base64(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length))
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}

/** As long as real keys of clients on vodozemac, and as random: about 900 bytes with the id. */
export function keyJson(): string {
  const data = { ephemeral: base64(32), ciphertext: base64(480), mac: base64(8) }
  const head = '"first_message_index":0,"forwarded_count":0,"is_verified":false'
  return `{${head},"session_data":${JSON.stringify(data)}}`
}

/** The body of an upload of new keys. */
export function uploadBody(count: number): string {
  const rooms: string[] = []
  for (let n = 0; n < count; n += KEYS_PER_ROOM) {
    const length = Math.min(KEYS_PER_ROOM, count - n)
    const sessions = Array.from({ length }, () => `"${base64(32)}":${keyJson()}`)
    rooms.push(
      `"!${base64(18).replaceAll('/', '_')}:example.org":{"sessions":{${sessions.join()}}}`,
    )
  }
  return `{"rooms":{${rooms.join()}}}`
}

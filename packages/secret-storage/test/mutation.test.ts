/** What we encrypt, changed at every byte: the same answers as for what others encrypted. */
import { describe, expect, test } from 'vitest'
import { checkStorageKey } from '../src/key-check.ts'
import { createStorageKey } from '../src/key.ts'
import { decryptSecret, encryptSecret } from '../src/secret.ts'
import { caught } from './caught.ts'
import { changed, positionsOf } from './vectors.ts'

const NAME = 'm.megolm_backup.v1'
const SECRET = '13MlcMfURBcXRUXEmIGY/gWNjqr7HvJggeS6oyyr/AA'
const { key, description } = createStorageKey()
const encrypted = encryptSecret(key.expose(), { name: NAME, secret: SECRET })
const MASKS = Array.from({ length: 255 }, (_, index) => index + 1)

describe('every byte of it changed to every other', () => {
  test.each(['ciphertext', 'mac'] as const)('a secret is refused: %s', (field) => {
    for (const position of positionsOf(encrypted[field]))
      for (const mask of MASKS) {
        const mutated = { ...encrypted, [field]: changed(encrypted[field], position, mask) }
        const error = caught(() => decryptSecret(key.expose(), NAME, mutated))
        expect(error.code).toBe('mac_mismatch')
      }
  })

  test.each(['iv', 'mac'] as const)('a key check does not match: %s', (field) => {
    const text = description[field] ?? ''
    expect(positionsOf(text).length).toBeGreaterThan(15)
    for (const position of positionsOf(text))
      for (const mask of MASKS) {
        const mutated = { ...description, [field]: changed(text, position, mask) }
        expect(checkStorageKey(key.expose(), mutated)).toBe('mismatch')
      }
  })
})

import { encodeBase64 } from '@roomkeys/crypto/base64'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { exportedKeys, first, sessions } from '../test/vectors.ts'
import type { MegolmSession } from './session.ts'
import { parseSessionExport } from './session-export.ts'
import { parseSessionSharing } from './session-sharing.ts'

const readers: readonly (readonly [string, () => MegolmSession])[] = [
  ['exported', () => parseSessionExport(first(exportedKeys).session_key)],
  ['shared', () => parseSessionSharing(first(sessions).session_key)],
]

/** How the ratchet would look if a printer let it through: in base64, hexadecimal, and as numbers. */
function formsOf({ ratchet }: MegolmSession): readonly string[] {
  const bytes = ratchet.expose().subarray(0, 12)
  return [encodeBase64(bytes), Buffer.from(bytes).toString('hex'), bytes.join(', '), bytes.join()]
}

describe.each(readers)('a session that was %s', (_, read) => {
  const session = read()

  test('shows no ratchet when it is inspected', () => {
    const shown = inspect(session, { depth: 10, showHidden: true, maxArrayLength: null })
    for (const form of formsOf(session)) expect(shown).not.toContain(form)
  })

  test('shows no ratchet as JSON', () => {
    expect(JSON.parse(JSON.stringify(session))).toMatchObject({ ratchet: '[secret]' })
    for (const form of formsOf(session)) expect(JSON.stringify(session)).not.toContain(form)
  })

  test('owns its bytes: destroying the ratchet leaves the public key', () => {
    const { publicKey, ratchet } = read()
    const before = Uint8Array.from(publicKey)
    ratchet.destroy()
    expect(() => ratchet.expose()).toThrow(TypeError)
    expect(publicKey).toEqual(before)
  })
})

import { describe, expect, test } from 'vitest'
import { decryptKeyExport, unwrapArmor } from '../src/index.ts'
import { parsePayload } from '../src/payload.ts'
import { files, sessions } from './vectors.ts'

test('the files are what their README says', () => {
  expect(files.map(({ sessions: count }) => count)).toEqual([1, 5, 250])
})

describe.each(files)('the file of $sessions sessions', (vector) => {
  test('gives every session in order', async () => {
    const { entries, malformed } = await decryptKeyExport(vector.file, vector.passphrase)
    expect(malformed).toEqual([])
    expect(entries.map(({ position }) => position)).toEqual([...Array(vector.sessions).keys()])
    const given = sessions.slice(0, vector.sessions)
    // The writer adds the flag of MSC3061.
    expect(entries.map(({ session }) => session)).toEqual(
      given.map((session) => ({ ...session, 'm.shared_history': false })),
    )
    expect(entries.map(({ notes }) => notes)).toEqual(
      given.map(({ forwarding_curve25519_key_chain: chain }) =>
        chain.length > 0 ? ['forwarded'] : [],
      ),
    )
  })

  test('says its rounds in the clear', () => {
    expect(parsePayload(unwrapArmor(vector.file)).rounds).toBe(vector.rounds)
  })
})

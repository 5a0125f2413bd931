/**
 * The file of 250 sessions, changed at every byte that the keys do not depend on. Each change takes a
 * MAC over all of it, so this takes minutes; it is a file of its own, to run beside the others.
 */
import { expect, test } from 'vitest'
import { unwrapArmor } from '../src/index.ts'
import { derivePayloadKeys, parsePayload } from '../src/payload.ts'
import { DERIVING, range, refusals } from './refusals.ts'
import { files } from './vectors.ts'

const PATIENCE_MS = 1_800_000

test(
  'the file of 250 sessions is refused with any of its bytes changed',
  { timeout: PATIENCE_MS },
  async () => {
    const [, , many] = files
    if (many === undefined) throw new TypeError('The vectors are too few')
    const payload = unwrapArmor(many.file)
    const keys = await derivePayloadKeys(many.passphrase, parsePayload(payload))
    const positions = range(0, payload.length).filter((position) => !DERIVING.includes(position))
    const counts = refusals(payload, keys, { positions, masks: [0x01] })
    const { unsupported_version, wrong_passphrase = 0, damaged = 0, ...others } = counts
    expect(others).toEqual({})
    expect(unsupported_version).toBe(1)
    expect(wrong_passphrase + damaged + 1).toBe(positions.length)
    expect(wrong_passphrase).toBeLessThanOrEqual(16 + 16)
    expect(positions.length).toBe(payload.length - 20)
  },
)

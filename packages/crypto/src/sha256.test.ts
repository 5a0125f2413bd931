import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { incrementalSha256 as nodeSha256 } from './sha256.node.ts'
import { incrementalSha256 as portableSha256 } from './sha256.ts'

describe.each([
  ['node:crypto', nodeSha256],
  ['plain TypeScript', portableSha256],
])('SHA-256 by %s', (_, incrementalSha256) => {
  test('over pieces is that over the whole', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 })
    fc.assert(
      fc.property(pieces, (parts) => {
        const state = incrementalSha256()
        for (const part of parts) state.update(part)
        const whole = createHash('sha256').update(Buffer.concat(parts)).digest()
        expect(state.digest()).toEqual(Uint8Array.from(whole))
      }),
    )
  })
})

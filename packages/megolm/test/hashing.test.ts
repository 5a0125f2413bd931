import { hmacSha256 } from '@roomkeys/crypto/hmac'
import { SecretBytes } from '@roomkeys/crypto/secret'
import { beforeEach, expect, test, vi } from 'vitest'
import { candidateOf } from '../src/candidate.ts'
import { mergeCandidate } from '../src/candidates.ts'
import type { MegolmSession } from '../src/session.ts'

vi.mock('@roomkeys/crypto/hmac', { spy: true })

const at = (index: number, byte: number): MegolmSession => ({
  index,
  ratchet: new SecretBytes(new Uint8Array(128).fill(byte)),
  publicKey: new Uint8Array(32),
})
const direct = { kind: 'direct' } as const

beforeEach(() => {
  vi.mocked(hmacSha256).mockClear()
})

test('the first copy costs no hash', () => {
  expect(mergeCandidate([], candidateOf(at(2 ** 32 - 1, 1), direct)).outcome).toBe('added')
  expect(hmacSha256).not.toHaveBeenCalled()
})

test.each([
  ['equal ones', 1, 'unchanged'],
  ['others', 2, 'kept_conflicting'],
] as const)('copies at one index cost no hash: %s', (_, byte, outcome) => {
  const merged = mergeCandidate(
    [candidateOf(at(1000, 1), direct)],
    candidateOf(at(1000, byte), direct),
  )
  expect(merged.outcome).toBe(outcome)
  expect(hmacSha256).not.toHaveBeenCalled()
})

test('of two copies only the earlier one is advanced', () => {
  mergeCandidate([candidateOf(at(5, 1), direct)], candidateOf(at(8, 2), direct))
  expect(hmacSha256).toHaveBeenCalledTimes(3)
})

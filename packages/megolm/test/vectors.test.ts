import { describe, expect, test } from 'vitest'
import {
  parseSessionExport,
  parseSessionSharing,
  serialiseSessionExport,
  serialiseSessionSharing,
  sessionIdOf,
} from '../src/index.ts'
import { exportedKeys, first, sessions } from './vectors.ts'

test('the file holds what its README says', () => {
  expect(sessions).toHaveLength(12)
  expect(exportedKeys).toHaveLength(60)
})

describe.each(sessions)('session $session_id', ({ session_id, session_key, exports }) => {
  test('is read as it was shared', () => {
    const session = parseSessionSharing(session_key)
    expect(session.index).toBe(0)
    expect(sessionIdOf(session)).toBe(session_id)
    expect(serialiseSessionSharing(session)).toBe(session_key)
  })

  test.each(exports)('is read as it was exported at index $index', (exported) => {
    const session = parseSessionExport(exported.session_key)
    expect(session.index).toBe(exported.index)
    expect(sessionIdOf(session)).toBe(session_id)
    expect(serialiseSessionExport(session)).toBe(exported.session_key)
  })

  test('is the same in both formats', () => {
    const shared = parseSessionSharing(session_key)
    expect(serialiseSessionExport(shared)).toBe(first(exports).session_key)
  })
})

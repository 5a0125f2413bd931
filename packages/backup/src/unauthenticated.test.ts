import { describe, expect, test } from 'vitest'
import { session } from '../test/sealed.ts'
import { unauthenticatedOf, withUnauthenticated } from './unauthenticated.ts'

const STABLE = 'unauthenticated'
const UNSTABLE = 'org.matrix.msc4048.unauthenticated'

describe('reading', () => {
  test('a record without the mark claims to be authenticated', () => {
    expect(unauthenticatedOf(session)).toBeNull()
  })

  test('a mark on the prototype is none', () => {
    const inherited = Object.assign(Object.create({ [STABLE]: 'm.undefined' }) as object, session)
    expect(unauthenticatedOf(inherited)).toBeNull()
  })

  test.each([STABLE, UNSTABLE])('either name is read: %s', (name) => {
    for (const mark of ['m.undefined', 'm.legacy-v1', 'm.forwarded_room_key'])
      expect(unauthenticatedOf({ ...session, [name]: mark })).toBe(mark)
  })

  test.each(['org.example.imported', 'm.legacy-v2', '', null, false, 0, {}, ['m.legacy-v1']])(
    'what is not known here is m.undefined: %j',
    (mark) => {
      expect(unauthenticatedOf({ ...session, [STABLE]: mark })).toBe('m.undefined')
      expect(unauthenticatedOf({ ...session, [UNSTABLE]: mark })).toBe('m.undefined')
    },
  )
})

describe('writing', () => {
  test.each([STABLE, UNSTABLE])('a mark replaces what is there under any name: %s', (name) => {
    const marked = { ...session, [STABLE]: 'm.undefined', [UNSTABLE]: 'org.example' }
    expect(withUnauthenticated(marked, { name, mark: 'm.legacy-v1' })).toEqual({
      ...session,
      [name]: 'm.legacy-v1',
    })
  })

  test('null takes every mark away', () => {
    const marked = { ...session, [STABLE]: 'm.undefined', [UNSTABLE]: 'org.example' }
    expect(withUnauthenticated(marked, { name: STABLE, mark: null })).toEqual(session)
    expect(withUnauthenticated(session, { name: STABLE, mark: null })).toBe(session)
  })

  test('nothing said keeps the words of the record, under the name that is asked for', () => {
    const marked = { ...session, [UNSTABLE]: 'org.example.imported' }
    const marking = { mark: undefined }
    expect(withUnauthenticated(session, { ...marking, name: STABLE })).toBe(session)
    expect(withUnauthenticated(marked, { ...marking, name: UNSTABLE })).toBe(marked)
    expect(withUnauthenticated(marked, { ...marking, name: STABLE })).toEqual({
      ...session,
      [STABLE]: 'org.example.imported',
    })
  })
})

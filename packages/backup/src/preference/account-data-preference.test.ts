import { describe, expect, it, test } from 'vitest'
import { accountDataPreference } from './account-data-preference.ts'
import { KEY_BACKUP_TYPE, UNSTABLE_KEY_BACKUP_TYPE } from './account-data-types.ts'

/** Account data in memory, and what was written in which order. */
function open(content: Readonly<Record<string, unknown>> = {}) {
  const data = new Map(Object.entries(content))
  const written: string[] = []
  const preference = accountDataPreference({
    get: (type) => Promise.resolve(data.get(type) ?? null),
    set: (type, value) => {
      data.set(type, value)
      written.push(type)
      return Promise.resolve()
    },
  })
  return { data, written, preference }
}

describe('reading', () => {
  test.each([
    [{}, null],
    [{ [KEY_BACKUP_TYPE]: { enabled: true } }, true],
    [{ [KEY_BACKUP_TYPE]: { enabled: false } }, false],
    [{ [UNSTABLE_KEY_BACKUP_TYPE]: { disabled: true } }, false],
    [{ [UNSTABLE_KEY_BACKUP_TYPE]: { disabled: false } }, true],
    [{ [KEY_BACKUP_TYPE]: {}, [UNSTABLE_KEY_BACKUP_TYPE]: { disabled: true } }, false],
    [{ [KEY_BACKUP_TYPE]: { enabled: 'no' } }, null],
    [{ [KEY_BACKUP_TYPE]: ['enabled'] }, null],
    [
      { [KEY_BACKUP_TYPE]: { enabled: true }, [UNSTABLE_KEY_BACKUP_TYPE]: { disabled: true } },
      true,
    ],
  ])('%j is %s', async (content, expected) => {
    expect(await open(content).preference.read()).toBe(expected)
  })
})

describe('writing', () => {
  it.each([true, false])('%s comes back, and is said in both forms', async (enabled) => {
    const { data, written, preference } = open()
    await preference.write(enabled)
    expect(await preference.read()).toBe(enabled)
    expect(data.get(KEY_BACKUP_TYPE)).toEqual({ enabled })
    expect(data.get(UNSTABLE_KEY_BACKUP_TYPE)).toEqual({ disabled: !enabled })
    expect(written.at(-1)).toBe(KEY_BACKUP_TYPE)
  })
})

import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../src/commands.ts'
import { SCHEMAS } from '../src/json-schemas.ts'
import { expectShape } from './schema.ts'

describe('the schemas', () => {
  it('are there for every command that prints JSON, and for no other', () => {
    const names = COMMANDS.filter(({ json }) => json !== 'none').map(({ name }) => name)
    expect(Object.keys(SCHEMAS).sort()).toEqual([...names].sort())
  })

  it.each(Object.keys(SCHEMAS))('%s refuses what is something else', (name) => {
    expect(() => {
      expectShape(name, { roomkeys: 0, command: 'none' })
    }).toThrow()
  })
})

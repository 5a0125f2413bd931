import { describe, expect, test } from 'vitest'
import { type EngineEvent, operationOf, transition } from '../../src/engine.ts'
import { allPairs, tableText } from './table.ts'
import { ALL_EVENTS, ALL_STATES, GENERATION } from './variants.ts'

describe('the table of states and events', () => {
  test('is as it was reviewed', async () => {
    await expect(`${tableText()}\n`).toMatchFileSnapshot('transitions.txt')
  })

  test('has every pair', () => {
    expect(allPairs()).toHaveLength(ALL_STATES.length * ALL_EVENTS.length)
    expect(allPairs().length).toBeGreaterThan(2_000)
  })

  test('starts what the next state says, once, under a new number, and nothing else', () => {
    for (const { from, event, next, move } of allPairs()) {
      const started = next.effects.filter(({ type }) => type === 'start')
      const operation = operationOf(next.state)
      const expected =
        move === 'go' && operation !== null
          ? [{ type: 'start', operation, generation: GENERATION + 1 }]
          : []
      expect(started, `${from} ${event}`).toEqual(expected)
      expect(next.generation, `${from} ${event}`).toBe(GENERATION + Number(move === 'go'))
    }
  })

  test('ends what runs before something else begins, and only then', () => {
    for (const { from, fromState, event, eventType, next, move } of allPairs()) {
      const isResult = 'generation' in (ALL_EVENTS.find(([name]) => name === event)?.[1] ?? {})
      const cancels = next.effects.some(({ type }) => type === 'cancel')
      const ran = operationOf(fromState) !== null
      expect(cancels, `${from} ${event} ${eventType}`).toBe(move === 'go' && ran && !isResult)
    }
  })

  test('ignores results of what does not run any more, in every state', () => {
    for (const [name, numbered] of ALL_STATES)
      for (const [event, value] of ALL_EVENTS) {
        if (!('generation' in value)) continue
        const stale: EngineEvent = { ...value, generation: GENERATION - 1 }
        const next = transition(numbered, stale)
        expect(next.state, `${name} ${event}`).toBe(numbered.state)
        expect(next.effects).toEqual([])
      }
  })

  test('keeps secrets out of what the app is told', () => {
    const notices = allPairs().flatMap(({ next }) =>
      next.effects.filter(({ type }) => type === 'emit'),
    )
    expect(notices.length).toBeGreaterThan(100)
    expect(JSON.stringify(notices)).not.toMatch(/session_data|private/)
  })
})

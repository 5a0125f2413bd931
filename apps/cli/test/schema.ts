/** Holds what the command prints against the published shapes. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'vitest'
import { COMMANDS } from '../src/commands.ts'
import { CLI_SCHEMA, SCHEMAS } from '../src/json-schemas.ts'

const ajv = new Ajv2020({ strict: false })
ajv.addSchema(CLI_SCHEMA, 'cli')

/** The command that a document says it is of. */
function commandOf(value: unknown): string {
  const isNamed = typeof value === 'object' && value !== null && 'command' in value
  return isNamed && typeof value.command === 'string' ? value.command : ''
}

/** Expects a value to be of a shape, by its name in the schema. */
export function expectShape(name: string, value: unknown): void {
  const validate = ajv.getSchema(`cli#/$defs/${encodeURIComponent(name)}`)
  expect(validate, `there is a schema of ${name}`).toBeDefined()
  expect(validate?.(value) === true ? null : validate?.errors, name).toBeNull()
}

/** The command that is called, by its words. */
function calledCommand(argv: readonly string[]): string {
  const words = argv.join(' ')
  const names = COMMANDS.map(({ name }) => name).filter((name) =>
    `${words} `.startsWith(`${name} `),
  )
  return names.toSorted((a, b) => b.length - a.length)[0] ?? ''
}

/** Expects each line that a call with `--json` printed to be of the shape of its command. */
export function expectLines(argv: readonly string[], stdout: string): void {
  for (const line of stdout.split('\n').filter(Boolean))
    expectShape(calledCommand(argv), JSON.parse(line))
}

/** Expects a document to be of the shape of its own command. */
export function expectDocument(value: unknown): void {
  const command = commandOf(value)
  expect(Object.keys(SCHEMAS)).toContain(command)
  expectShape(command, value)
}

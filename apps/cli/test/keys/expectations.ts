/** What every call is held to. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'vitest'
import type { JsonSchema } from '../../src/schemas/shape.ts'
import type { Result } from './world.ts'

const ajv = new Ajv2020({ strict: true, strictRequired: false })

/** The JSON lines of standard output, each checked against a schema. */
export function expectLines({ stdout }: Result, schema: JsonSchema): readonly unknown[] {
  const validate = ajv.compile(schema)
  const lines = stdout.split('\n').filter((line) => line !== '')
  return lines.map((line) => {
    const value: unknown = JSON.parse(line)
    validate(value)
    expect(validate.errors, line.slice(0, 300)).toBeNull()
    return value
  })
}

/** The one document of standard output, checked against a schema. */
export function expectDocument(result: Result, schema: JsonSchema): unknown {
  const [document, ...rest] = expectLines(result, schema)
  expect(rest).toStrictEqual([])
  return document
}

/** No secret is in what was printed. */
export function expectNoSecret({ stdout, stderr }: Result, secrets: readonly string[]): void {
  for (const secret of secrets) {
    expect(stdout).not.toContain(secret)
    expect(stderr).not.toContain(secret)
  }
}

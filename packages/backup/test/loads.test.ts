import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

interface Loads {
  readonly sealed: number
  readonly loaded: readonly string[]
}

const script = fileURLToPath(new URL('loads.ts', import.meta.url))

/** Modules of the crypto package that compute in plain TypeScript what Node has. */
const IN_PLAIN_TYPESCRIPT =
  /crypto\/dist\/(aes|base64|curve25519|ed25519|hkdf|hmac|noble-x25519|sha256|x25519)\.js$/

test('on Node, opening and sealing load nothing that computes in plain TypeScript', () => {
  const output = execFileSync(process.execPath, [script], { encoding: 'utf8' })
  const { sealed, loaded } = JSON.parse(output) as Loads
  expect(sealed).toBe(250)
  expect(loaded.filter((url) => IN_PLAIN_TYPESCRIPT.test(url))).toEqual([])
  expect(loaded.filter((url) => url.includes('@noble'))).toEqual([])
})

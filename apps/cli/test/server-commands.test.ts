import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from '../src/exit-codes.ts'
import { startAccount, type TestAccount } from './account.ts'
import { call, documentOf } from './world.ts'

let account: TestAccount

beforeAll(async () => {
  account = await startAccount()
})

afterAll(() => account.close())

describe('conformance', () => {
  it('lists the cases', async () => {
    const outcome = await call(['conformance', '--list', '--json'], { home: account.folder })
    expect(outcome.code).toBe(EXIT.ok)
    expect((documentOf(outcome)['cases'] as unknown[]).length).toBeGreaterThan(50)
  })

  it('runs cases, and writes the report', async () => {
    const path = join(account.folder, 'report.xml')
    const argv = ['conformance', account.url, '--register', 'dummy', '--only', 'H12', '--seed', '7']
    const outcome = await call([...argv, '--json'], { home: account.folder })
    expect(outcome.code).toBe(EXIT.ok)
    expect(documentOf(outcome)).toMatchObject({ outcome: 'as_expected', seed: 7 })
    const filed = await call([...argv, '--format', 'junit', '-o', path], { home: account.folder })
    expect(filed.code).toBe(EXIT.ok)
    expect(await readFile(path, 'utf8')).toContain('<testsuite')
  })

  it.each([
    [[]],
    [['http://localhost:1']],
    [['localhost', '--register', 'dummy']],
    [['http://localhost:1', '--register', 'shared-secret']],
    [['http://localhost:1', '--register', 'dummy', '--tokens-file', 'x']],
  ])('%j is wrong usage', async (argv) => {
    const { code } = await call(['conformance', ...argv], { home: account.folder })
    expect(code).toBe(EXIT.usage)
  })
})

describe('serve', () => {
  it('prints its URL, serves, and stops at Ctrl-C', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'roomkeys-serve-'))
    let interrupt = (): void => undefined
    const argv = ['--data', join(folder, 'data'), '--port', '0', '--registration', 'open', '--json']
    const outcome = await call(['serve', ...argv], {
      home: folder,
      onListening: (press) => {
        interrupt = press
      },
      onStdout: () => {
        interrupt()
      },
    })
    expect(outcome.code).toBe(EXIT.ok)
    expect(outcome.stdout).toMatch(/"url":"http:\/\/127\.0\.0\.1:\d+"/)
    await rm(folder, { recursive: true, force: true })
  })

  it('wants a port that exists, and one place for the data', async () => {
    const home = account.folder
    expect((await call(['serve', '--port', '70000'], { home })).code).toBe(EXIT.usage)
    expect(
      (await call(['serve', '--data', 'x', '--database', 'postgres://h/d'], { home })).code,
    ).toBe(EXIT.usage)
  })
})

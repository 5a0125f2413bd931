import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createBackupVersion,
  createHomeserver,
  deleteRoomKeys,
  getCurrentBackupVersion,
  type Homeserver,
} from '@roomkeys/transport'
import { loginWithPassword } from '@roomkeys/transport/account'
import { backupVersion, type BackupVersionInfo } from '@roomkeys/types'
import { type Demo, startDemo } from './demo.ts'

let folder = ''
const lines: string[] = []

function start(name: string, port = 0): Promise<Demo> {
  return startDemo({
    dataFolder: join(folder, name),
    pageFolder: join(folder, 'page'),
    port,
    log: (line) => lines.push(line),
  })
}

async function signIn({ url, user, password }: Demo): Promise<Homeserver> {
  const answer = await loginWithPassword(createHomeserver({ baseUrl: url }), { user, password })
  return createHomeserver({ baseUrl: url, accessToken: answer.access_token })
}

async function currentVersion(demo: Demo): Promise<BackupVersionInfo | null> {
  return getCurrentBackupVersion(await signIn(demo))
}

/** Sends a path as it is; `fetch` would put it right. */
function askRaw({ url }: Demo, path: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    let answer = ''
    socket.on('data', (data) => (answer += data.toString()))
    socket.on('end', () => {
      resolve(answer)
    })
    socket.on('error', reject)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`)
  })
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomkeys-demo-'))
  await mkdir(join(folder, 'page', 'assets'), { recursive: true })
  await writeFile(join(folder, 'page', 'index.html'), '<!doctype html><title>page</title>')
  await writeFile(join(folder, 'page', 'assets', 'index-1.js'), 'export {}')
  await writeFile(join(folder, 'secret.txt'), 'outside of the page')
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('startDemo', () => {
  it('fills the account at the first start, and keeps it at the second', async () => {
    const first = await start('data')
    const filled = await currentVersion(first)
    await first.close()
    await expect(fetch(first.url)).rejects.toThrow()
    const second = await start('data')
    const kept = await currentVersion(second)
    await second.close()
    expect(filled).toMatchObject({ count: 250, version: '1' })
    expect(kept).toEqual(filled)
    expect(lines).toEqual([
      'The account was created with its backup.',
      'The account and its backup are as they were.',
    ])
    expect(second.recoveryKey).toMatch(/^EsT/)
  })

  it('completes a backup that lacks keys, and leaves one with another key alone', async () => {
    const first = await start('changed')
    const homeserver = await signIn(first)
    await deleteRoomKeys(homeserver, { version: backupVersion('1') })
    await first.close()
    const second = await start('changed')
    const completed = await currentVersion(second)
    const algorithm = 'm.megolm_backup.v1.curve25519-aes-sha2'
    const body = { algorithm, auth_data: { public_key: 'another' } }
    await createBackupVersion(await signIn(second), { body })
    await second.close()
    const third = await start('changed')
    const replaced = await currentVersion(third)
    await third.close()
    expect(completed).toMatchObject({ count: 250, version: '1' })
    expect(replaced).toMatchObject({ count: 0, version: '2' })
    expect(lines).toContain('The backup was incomplete and was filled up.')
    expect(lines.at(-1)).toContain('The backup was replaced by another one')
  })

  it('takes the next port when one is in use', async () => {
    const blocker = createServer()
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
    const address = blocker.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const demo = await start('next-port', port)
    await demo.close()
    await new Promise((resolve) => blocker.close(resolve))
    expect(Number(new URL(demo.url).port)).toBeGreaterThan(port)
    expect(lines).toContain(`Port ${port} is in use; trying ${port + 1}.`)
  })

  it('refuses a folder that is in use, and lets go of everything', async () => {
    const demo = await start('in-use')
    await expect(start('in-use')).rejects.toMatchObject({ code: 'store_in_use' })
    await demo.close()
    const again = await start('in-use')
    await again.close()
    expect(again.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })

  it('says so when the page was not built', async () => {
    const options = { dataFolder: join(folder, 'unbuilt'), port: 0, pageFolder: join(folder, 'no') }
    await expect(startDemo(options)).rejects.toThrow('There is no built page')
  })
})

describe('the page', () => {
  let demo: Demo

  beforeAll(async () => {
    demo = await start('page-data')
  })

  afterAll(async () => {
    await demo.close()
  })

  it.each(['/', '/index.html', '/assets/index-1.js', '/nothing'])(
    'sends the security headers with %s',
    async (path) => {
      const { headers } = await fetch(demo.url + path)
      const policy = headers.get('content-security-policy')
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toMatch(/unsafe/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    },
  )

  it('sends types, and caches only what has a hash in its name', async () => {
    const page = await fetch(`${demo.url}/`)
    const script = await fetch(`${demo.url}/assets/index-1.js`)
    expect(await page.text()).toContain('<title>page</title>')
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page.headers.get('cache-control')).toBe('no-cache')
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(script.headers.get('cache-control')).toContain('immutable')
  })

  it('answers HEAD without a body, and no other method', async () => {
    const head = await fetch(`${demo.url}/`, { method: 'HEAD' })
    const post = await fetch(`${demo.url}/`, { method: 'POST' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  it.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/..\\secret.txt',
    '//secret.txt',
    '/assets/',
  ])('refuses %s', async (path) => {
    const answer = await askRaw(demo, path)
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /)
    expect(answer).not.toContain('outside of the page')
  })

  it('leaves the paths of Matrix to the homeserver', async () => {
    const versions = await fetch(`${demo.url}/_matrix/client/versions`)
    const unknown = await fetch(`${demo.url}/_matrix/nothing`)
    expect(versions.status).toBe(200)
    expect(await unknown.json()).toMatchObject({ errcode: 'M_UNRECOGNIZED' })
  })
})

import { readFile } from 'node:fs/promises'
import { runInNewContext } from 'node:vm'
import { expect, it, vi } from 'vitest'
import * as transport from '../src/index.ts'
import { json, serve } from './server.ts'

it('the example runs', async () => {
  const server = await serve((response, { url }) => {
    const info = { algorithm: 'a', auth_data: {}, count: 1, etag: '1', version: '7' }
    json(response, url?.includes('keys?') === true ? { rooms: { r: { sessions: {} } } } : info)
  })
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const block = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? ''
  const body = block.replace(
    /import (\{.*?\}) from '@roomkeys\/transport'/s,
    'const $1 = transport',
  )
  const log = vi.fn()
  const process = { env: { MATRIX_HOMESERVER: server.url, MATRIX_ACCESS_TOKEN: 't' } }
  await runInNewContext(`(async () => {${body}})()`, { transport, process, console: { log } })
  expect(log.mock.calls).toEqual([['version 7 holds keys of 1 rooms']])
})

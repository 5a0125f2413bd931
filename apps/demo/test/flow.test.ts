import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Demo, startDemo } from '../server/demo.ts'
import type { State, Step } from '../src/state.ts'
import { createStore, type Store } from '../src/store.ts'

let folder = ''
let demo: Demo

beforeAll(async () => {
  vi.stubGlobal('requestAnimationFrame', (tell: () => void) => setTimeout(tell, 0))
  vi.stubGlobal('cancelAnimationFrame', clearTimeout)
  folder = await mkdtemp(join(tmpdir(), 'roomkeys-demo-flow-'))
  const pageFolder = join(folder, 'page')
  await mkdir(pageFolder)
  await writeFile(join(pageFolder, 'index.html'), '')
  demo = await startDemo({ dataFolder: join(folder, 'data'), port: 0, pageFolder })
})

afterAll(async () => {
  await demo.close()
  await rm(folder, { recursive: true, force: true })
  vi.unstubAllGlobals()
})

function formOf(fields: Readonly<Record<string, string>>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  return form
}

function reached(store: Store, step: Step): Promise<void> {
  return vi.waitFor(
    () => {
      expect(store.state().step).toBe(step)
    },
    { timeout: 30_000 },
  )
}

async function signedIn(onChange: (state: State) => void = () => undefined): Promise<Store> {
  const store = createStore(onChange)
  const { url: homeserver, user, password } = demo
  store.actions.signIn(formOf({ homeserver, user, password }), 'password')
  await reached(store, 'ready-for-key')
  return store
}

async function withKey(onChange?: (state: State) => void): Promise<Store> {
  const store = await signedIn(onChange)
  store.actions.checkKey(formOf({ 'decryption-key': demo.recoveryKey }))
  await reached(store, 'key-known')
  return store
}

describe('the page against the bundled server', () => {
  it('restores every key, renders far less often than once a key, and forgets all of it', async () => {
    const steps: Step[] = []
    const store = await withKey(({ step }) => steps.push(step))
    const known = store.state()
    store.actions.restore()
    await reached(store, 'restored')
    const state = store.state()
    expect(state).toMatchObject({ restored: { report: { result: 'complete', opened: 250 } } })
    expect(state.step === 'restored' && state.restored.rooms.length).toBe(7)
    expect(steps.filter((step) => step === 'restoring').length).toBeLessThan(100)
    store.actions.signOut()
    await reached(store, 'signed-out')
    expect(store.state()).toEqual({ step: 'signed-out', notice: null })
    expect(() => known.step === 'key-known' && known.key.privateKey.expose()).toThrow(TypeError)
  })

  it('refuses a wrong password at its field', async () => {
    const store = createStore(() => undefined)
    const fields = { homeserver: demo.url, user: demo.user, password: 'wrong' }
    store.actions.signIn(formOf(fields), 'password')
    await vi.waitFor(() => {
      expect(store.state()).toMatchObject({ step: 'signed-out', notice: { place: 'password' } })
    })
  })

  it('tells a typo in the key, and then takes the right one', async () => {
    const store = await signedIn()
    store.actions.checkKey(formOf({ 'decryption-key': demo.recoveryKey.slice(1) }))
    await vi.waitFor(() => {
      expect(store.state()).toMatchObject({ notice: { place: 'decryption-key' } })
    })
    store.actions.checkKey(formOf({ 'decryption-key': demo.recoveryKey }))
    await reached(store, 'key-known')
    store.actions.signOut()
    await reached(store, 'signed-out')
  })

  it('keeps nothing of a cancelled restore, and can start it again', async () => {
    const store = await withKey()
    store.actions.restore()
    await vi.waitFor(
      () => {
        expect(store.state()).toMatchObject({ step: 'restoring', progress: { total: 250 } })
      },
      { interval: 1 },
    )
    store.actions.cancel()
    expect(store.state()).toMatchObject({ step: 'key-known', notice: { tone: 'info' } })
    store.actions.restore()
    await reached(store, 'restored')
    store.actions.signOut()
    await reached(store, 'signed-out')
  })

  it('uses a pasted token, and leaves it valid', async () => {
    const login = await fetch(`${demo.url}/_matrix/client/v3/login`, {
      method: 'POST',
      body: JSON.stringify({
        type: 'm.login.password',
        user: demo.user,
        password: demo.password,
      }),
    })
    const { access_token: token } = (await login.json()) as { readonly access_token: string }
    const store = createStore(() => undefined)
    store.actions.signIn(formOf({ homeserver: demo.url, 'access-token': token }), 'token')
    await reached(store, 'ready-for-key')
    store.actions.signOut()
    await reached(store, 'signed-out')
    const headers = { authorization: `Bearer ${token}` }
    const whoami = await fetch(`${demo.url}/_matrix/client/v3/account/whoami`, { headers })
    expect(whoami.status).toBe(200)
  })
})

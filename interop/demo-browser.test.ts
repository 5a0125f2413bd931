import { encodeKeyText } from '@roomkeys/crypto/key-text'
import { type Demo, startDemo } from '@roomkeys/demo/server'
import { decryptKeyExport } from '@roomkeys/key-export'
import {
  type ExportedSessionData,
  exportedSessionDataSchema,
  isJsonObject,
  type KeyBackupData,
  parseWire,
  type RoomKeys,
  roomKeysSchema,
} from '@roomkeys/types'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Locator, Page, Route } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  alertOf,
  arriveAt,
  button,
  errorAt,
  field,
  getReady,
  giveKey,
  roomRows,
  saveFile,
  signIn,
} from './demo-user.ts'
import {
  findViolations,
  openChromium,
  openPage,
  overflowOf,
  type WatchedPage,
} from './peers/chromium.ts'
import { initWasm, wasmDecryptExport } from './peers/wasm.ts'
import { asRustStores, sorted } from './sessions.ts'

const VECTORS = new URL('../vectors/', import.meta.url)
const KEYS_ROUTE = '**/_matrix/client/v3/room_keys/keys?*'
const KEYS_PATH = '/_matrix/client/v3/room_keys/keys'

interface Stage {
  readonly demo: Demo
  readonly browser: Browser
  readonly expected: readonly ExportedSessionData[]
}

async function readVector(name: string): Promise<Readonly<Record<string, unknown>>> {
  const vector: unknown = JSON.parse(await readFile(new URL(name, VECTORS), 'utf8'))
  if (!isJsonObject(vector)) throw new Error(`${name} is no object`)
  return vector
}

/** What the backup holds: the Rust device that uploaded it had forgotten who forwarded a session. */
async function readExpected(): Promise<readonly ExportedSessionData[]> {
  const { expected } = await readVector('account-rust.json')
  if (!Array.isArray(expected)) throw new Error('The vector expects nothing')
  return expected.map((session) =>
    asRustStores(parseWire(exportedSessionDataSchema, session, 'a session')),
  )
}

const closing = new AsyncDisposableStack()
let stage: Stage

beforeAll(async () => {
  await initWasm()
  const folder = await mkdtemp(join(tmpdir(), 'roomkeys-demo-'))
  closing.defer(() => rm(folder, { recursive: true, force: true }))
  const demo = await startDemo({ dataFolder: folder, port: 0 })
  closing.defer(() => demo.close())
  const browser = await openChromium()
  closing.defer(() => browser.close())
  stage = { demo, browser, expected: await readExpected() }
})

afterAll(() => closing.disposeAsync())

afterEach(async () => {
  for (const context of stage.browser.contexts()) await context.close()
})

async function visit(options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const watched = await openPage(stage.browser, options)
  await watched.page.goto(stage.demo.url)
  await arriveAt(watched.page, 'Sign in')
  return watched
}

async function expectSound({ page, complaints }: WatchedPage, step: string): Promise<void> {
  expect(await findViolations(page), `accessibility of: ${step}`).toEqual([])
  expect(await overflowOf(page), `pixels too wide in: ${step}`).toBe(0)
  expect(complaints, `complaints in: ${step}`).toEqual([])
}

/** Downloads of the keys. */
function keyRequests({ requests }: WatchedPage): readonly string[] {
  return requests.filter((request) => request.startsWith(`GET ${stage.demo.url}${KEYS_PATH}`))
}

/** The page promises to store nothing, and to talk to the homeserver alone. */
async function expectDiscreet({ page, requests }: WatchedPage): Promise<void> {
  expect(await page.context().storageState({ indexedDB: true })).toEqual({
    cookies: [],
    origins: [],
  })
  const elsewhere = requests.filter((request) => !request.includes(` ${stage.demo.url}/`))
  expect(elsewhere.filter((request) => !request.startsWith('GET blob:'))).toEqual([])
}

const WINDOWS: readonly (readonly [string, BrowserContextOptions])[] = [
  ['1280 px', { viewport: { width: 1280, height: 800 }, colorScheme: 'light' }],
  ['360 px, dark', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' }],
  [
    '360 px, touch, less motion',
    { viewport: { width: 360, height: 740 }, hasTouch: true, reducedMotion: 'reduce' },
  ],
]

describe.each(WINDOWS)('in a window of %s', (_, options) => {
  test('every key gets from the backup into a file that the Rust stack reads', async () => {
    const watched = await visit(options)
    const { page } = watched
    await expectSound(watched, 'sign-in')

    await signIn(page, stage.demo)
    await arriveAt(page, 'Your decryption key')
    await expectSound(watched, 'key')

    await giveKey(page, stage.demo.recoveryKey)
    await arriveAt(page, 'Ready to restore')
    await expectSound(watched, 'ready')
    expect(keyRequests(watched)).toEqual([])

    await button(page, 'Restore all keys').click()
    await arriveAt(page, 'All keys restored')
    await page.getByText('250 keys opened', { exact: false }).waitFor()
    await expectSound(watched, 'restored')
    expect(keyRequests(watched)).toHaveLength(1)

    const file = await saveFile(page, 'pässphrase 🔑')
    await page.getByText(`Saved as ${file.name}`).waitFor()
    await expectSound(watched, 'saved')
    const read = wasmDecryptExport(file.text, 'pässphrase 🔑')
    expect(sorted(read)).toEqual(sorted(stage.expected))
    const { entries, malformed } = await decryptKeyExport(file.text, 'pässphrase 🔑')
    expect(malformed).toEqual([])
    expect(sorted(entries.map(({ session }) => session))).toEqual(sorted(stage.expected))

    await expectDiscreet(watched)
    await button(page, 'Sign out').click()
    await arriveAt(page, 'Sign in')
    await expectSound(watched, 'signed out')
  })
})

test('the table tells what became of the keys of each room', async () => {
  const { page } = await visit()
  await getReady(page, stage.demo, stage.demo.recoveryKey)
  await button(page, 'Restore all keys').click()
  await arriveAt(page, 'All keys restored')
  const rooms = new Set(stage.expected.map(({ room_id }) => room_id))
  const rows = Array.from(rooms, (room) => {
    const sessions = stage.expected.filter(({ room_id }) => room_id === room)
    return [room, String(sessions.length), '0']
  })
  expect(rows).toHaveLength(7)
  expect((await roomRows(page)).toSorted()).toEqual(rows.toSorted())
})

test('the checks of each step find what they look for', async () => {
  const { page, complaints } = await visit()
  await page.evaluate(() => {
    const image = document.createElement('img')
    image.style.width = '5000px'
    image.src = 'https://example.org/forbidden.png'
    document.querySelector('main')?.append(image)
  })
  await expect.poll(() => complaints[0]).toContain('Content Security Policy')
  expect(await findViolations(page)).toEqual([expect.stringMatching(/^image-alt at /)])
  expect(await overflowOf(page)).toBeGreaterThan(3000)
})

describe('what is typed wrongly is told at its field', () => {
  test('a wrong password; the right one then goes through', async () => {
    const watched = await visit()
    const { page } = watched
    await signIn(page, { user: stage.demo.user, password: 'wrong' })
    expect(await errorAt(page, 'Password')).toMatch(/password is wrong/)
    await expectSound(watched, 'wrong password')
    await signIn(page, stage.demo)
    await arriveAt(page, 'Your decryption key')
  })

  const misspell = (text: string, at: number, by: string): string =>
    text.slice(0, at) + by + text.slice(at + 1)

  test.each([
    ['a character that no key has', (key: string) => misspell(key, 5, '0'), /not allowed/],
    ['a missing character', (key: string) => key.slice(0, -1), /47 characters.*48/],
    ['another beginning', (key: string) => misspell(key, 0, 'z'), /beginning/],
    ['a mistaken character', (key: string) => misspell(key, 6, key[6] === 'a' ? 'b' : 'a'), /typo/],
  ])('in a key: %s', async (_, damage, message) => {
    const watched = await visit()
    const { page } = watched
    await signIn(page, stage.demo)
    await arriveAt(page, 'Your decryption key')
    await giveKey(page, damage(stage.demo.recoveryKey))
    expect(await errorAt(page, 'Decryption key')).toMatch(message)
    await expectSound(watched, 'a typo')
    expect(keyRequests(watched)).toEqual([])
    await giveKey(page, stage.demo.recoveryKey)
    await arriveAt(page, 'Ready to restore')
  })

  test('two passphrases that differ', async () => {
    const watched = await visit()
    const { page } = watched
    await getReady(page, stage.demo, stage.demo.recoveryKey)
    await button(page, 'Restore all keys').click()
    await arriveAt(page, 'All keys restored')
    await field(page, 'Passphrase').fill('one')
    await field(page, 'Passphrase, typed again').fill('two')
    await button(page, 'Save key file').click()
    expect(await errorAt(page, 'Passphrase, typed again')).toMatch(/differ/)
    await expectSound(watched, 'two passphrases')
  })
})

describe('the key of something else is named before anything is downloaded', () => {
  test('a well-formed key that is not known', async () => {
    const watched = await visit()
    const { page } = watched
    await signIn(page, stage.demo)
    await arriveAt(page, 'Your decryption key')
    await giveKey(page, encodeKeyText(new Uint8Array(32).fill(7)))
    expect(await errorAt(page, 'Decryption key')).toMatch(/neither of this backup nor/)
    await expectSound(watched, 'an unknown key')
    expect(keyRequests(watched)).toEqual([])
  })

  test("the account's secret-storage key, as matrix-js-sdk made it", async () => {
    const watched = await visit()
    const { page } = watched
    const { items } = await readVector('secret-storage-js-sdk.json')
    const item: unknown = Array.isArray(items) ? items[0] : undefined
    if (!isJsonObject(item) || !isJsonObject(item['key_check'])) throw new Error('No item')
    const { iv, mac } = item['key_check']
    const description = { algorithm: 'm.secret_storage.v1.aes-hmac-sha2', iv, mac }
    await page.route('**/account_data/m.secret_storage.default_key', (route) =>
      route.fulfill({ json: { key: 'A' } }),
    )
    await page.route('**/account_data/m.secret_storage.key.A', (route) =>
      route.fulfill({ json: description }),
    )
    await signIn(page, stage.demo)
    await arriveAt(page, 'Your decryption key')
    await giveKey(page, String(item['recovery_key']))
    expect(await errorAt(page, 'Decryption key')).toMatch(/secret-storage key/)
    await expectSound(watched, 'a secret-storage key')
    expect(keyRequests(watched)).toEqual([])
  })
})

type Rooms = RoomKeys['rooms']

/** Changes the server's answer on its way to the page. */
async function tamper(page: Page, change: (rooms: Rooms) => Rooms): Promise<void> {
  await page.route(KEYS_ROUTE, async (route) => {
    const response = await route.fetch()
    const { rooms } = parseWire(roomKeysSchema, await response.json(), 'the answer')
    await route.fulfill({ response, json: { rooms: change(rooms) } })
  })
}

/** The first session of the first room of the vector, and the one after it. */
function firstTwo(rooms: Rooms): readonly [room: string, first: string, second: string] {
  const [[room, { sessions }] = ['', { sessions: {} }]] = Object.entries(rooms)
  const [first = '', second = ''] = Object.keys(sessions)
  return [room, first, second]
}

function replaceFirst(rooms: Rooms, replacement: (data: KeyBackupData) => KeyBackupData): Rooms {
  const [room, first] = firstTwo(rooms)
  const data = rooms[room]?.sessions[first]
  if (data === undefined) throw new Error('The answer holds no keys')
  const sessions = { ...rooms[room]?.sessions, [first]: replacement(data) }
  return { ...rooms, [room]: { sessions } }
}

async function failuresOf(page: Page): Promise<readonly string[]> {
  const list = page.getByRole('list', { name: 'Keys that could not be opened' })
  return list.getByRole('listitem').allInnerTexts()
}

test('one damaged entry costs no other and is named', async () => {
  const watched = await visit()
  const { page } = watched
  let damaged = ['', '']
  await tamper(page, (rooms) => {
    damaged = firstTwo(rooms).slice(0, 2)
    const mac = 'AAAAAAAAAAA'
    return replaceFirst(rooms, (data) => ({
      ...data,
      session_data: { ...data.session_data, mac },
    }))
  })
  await getReady(page, stage.demo, stage.demo.recoveryKey)
  await button(page, 'Restore all keys').click()
  await arriveAt(page, 'Some keys are missing')
  await page.getByText('249 of 250 keys opened').waitFor()
  const failures = await failuresOf(page)
  const [room = '', session = ''] = damaged
  expect(failures).toHaveLength(1)
  expect(failures[0]).toMatch(/for another key, or damaged/)
  expect(failures[0]).toContain(room)
  expect(failures[0]).toContain(session)
  await expectSound(watched, 'one failure')
  const file = await saveFile(page, 'passphrase')
  const kept = stage.expected.filter(({ session_id }) => session_id !== session)
  expect(kept).toHaveLength(249)
  const read = wasmDecryptExport(file.text, 'passphrase')
  expect(sorted(read)).toEqual(sorted(kept))
})

test('an entry under the id of another session is refused and named', async () => {
  const watched = await visit()
  const { page } = watched
  await tamper(page, (rooms) => {
    const [room, , second] = firstTwo(rooms)
    const other = rooms[room]?.sessions[second]
    return replaceFirst(rooms, (data) => other ?? data)
  })
  await getReady(page, stage.demo, stage.demo.recoveryKey)
  await button(page, 'Restore all keys').click()
  await page.getByText('249 of 250 keys opened').waitFor()
  expect(await failuresOf(page)).toEqual([expect.stringContaining('another session')])
  await expectSound(watched, 'a session in the wrong place')
})

/** Room names that make 250 keys into many: opening them takes long enough to be stopped. */
const COPIES = Array.from({ length: 40 }, (_, copy) => `!copy${copy}:example.org`)

function multiplied(rooms: Rooms): Rooms {
  const entries = Object.values(rooms).flatMap(({ sessions }) => Object.entries(sessions))
  const sessions = Object.fromEntries(entries)
  return Object.fromEntries(COPIES.map((room) => [room, { sessions }]))
}

/** A browser without X25519: plain TypeScript computes, a tenth as fast, in time to be cancelled. */
async function withoutX25519(page: Page): Promise<void> {
  await page.evaluate(() => {
    SubtleCrypto.prototype.importKey = () => Promise.reject(new Error('no X25519 here'))
  })
}

test('a restore that is cancelled in the middle leaves a page that restores', async () => {
  const watched = await visit()
  const { page } = watched
  await withoutX25519(page)
  await tamper(page, multiplied)
  await getReady(page, stage.demo, stage.demo.recoveryKey)
  await button(page, 'Restore all keys').click()
  await page
    .getByText(/^[1-9][\d,]* of [\d,]+ keys$/)
    .first()
    .waitFor()
  await button(page, 'Cancel').click()
  await page.getByText('The restore was cancelled. No key was kept.').waitFor()
  await arriveAt(page, 'Ready to restore')
  await expectSound(watched, 'cancelled')
  await page.unroute(KEYS_ROUTE)
  await button(page, 'Restore all keys').click()
  await arriveAt(page, 'All keys restored')
  await page.getByText('250 keys opened').waitFor()
  await expectSound(watched, 'restored after all')
})

describe('a homeserver that fails is told, and can be tried again', () => {
  type Answer = (route: Route) => Promise<void>
  const isGone: Answer = (route) => route.abort('connectionrefused')
  const webPage: Answer = (route) =>
    route.fulfill({ contentType: 'text/html', body: '<h1>Welcome</h1>' })
  const answers: readonly (readonly [string, Answer, RegExp])[] = [
    ['is gone', isGone, /was not reached/],
    ['answers with a web page', webPage, /in a way that Matrix does not know/],
    [
      'answers something else than keys',
      (route) => route.fulfill({ json: { rooms: [] } }),
      /in a way that Matrix does not know/,
    ],
  ]

  test.each(answers)('when the keys are wanted and it %s', async (_, answer, message) => {
    const watched = await visit()
    const { page } = watched
    await page.route(KEYS_ROUTE, answer)
    await getReady(page, stage.demo, stage.demo.recoveryKey)
    await button(page, 'Restore all keys').click()
    expect(await alertOf(page)).toMatch(message)
    await arriveAt(page, 'Ready to restore')
    await expectSound(watched, 'no keys')
    await page.unroute(KEYS_ROUTE)
    await button(page, 'Restore all keys').click()
    await arriveAt(page, 'All keys restored')
  })

  test.each([
    ['is gone', isGone, /was not reached/],
    ['answers with a web page', webPage, /no homeserver at this address/],
  ] as const)('at sign-in when it %s', async (_, answer, message) => {
    const watched = await visit()
    const { page } = watched
    await page.route('**/_matrix/**', answer)
    await signIn(page, stage.demo)
    expect(await errorAt(page, 'Homeserver')).toMatch(message)
    await expectSound(watched, 'no homeserver')
    await page.unroute('**/_matrix/**')
    await signIn(page, stage.demo)
    await arriveAt(page, 'Your decryption key')
  })
})

test('everything up to the restore works by keyboard alone', async () => {
  const watched = await visit()
  const { page } = watched
  await tabTo(page, field(page, 'User'))
  await page.keyboard.type(stage.demo.user)
  await tabTo(page, field(page, 'Password'))
  await page.keyboard.type(stage.demo.password)
  await page.keyboard.press('Enter')
  await arriveAt(page, 'Your decryption key')
  await tabTo(page, field(page, 'Decryption key'))
  await page.keyboard.type(stage.demo.recoveryKey)
  await tabTo(page, button(page, 'Check key'))
  await page.keyboard.press('Enter')
  await arriveAt(page, 'Ready to restore')
  await tabTo(page, button(page, 'Restore all keys'))
  await page.keyboard.press('Space')
  await arriveAt(page, 'All keys restored')
  await expectSound(watched, 'restored by keyboard')
})

const MOST_TABS = 20

/** Presses the tab key until the element has the focus, as somebody without a mouse does. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < MOST_TABS; presses++) {
    await page.keyboard.press('Tab')
    if (await target.evaluate((element) => element === document.activeElement)) return
  }
  throw new Error(`${MOST_TABS} presses of the tab key do not lead there`)
}

import Olm from '@matrix-org/olm'
import { utf8 } from '@roomkeys/crypto/bytes'
import { serialiseSessionExport, sessionIdOf } from '@roomkeys/megolm'
import {
  parseVodozemacPickle,
  PickleError,
  unpickleLibolm,
  type UnpickledSession,
} from '@roomkeys/megolm/pickles'
import fc from 'fast-check'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anyText, bytesOf, ratchetIndex } from './arbitraries.ts'
import { openChromium } from './peers/chromium.ts'
import { initOlm, olmExportAt, olmGroupDecrypt, olmOutboundSession } from './peers/olm.ts'
import { CASES, seeded } from './seed.ts'

beforeAll(initOlm)

/** Uses an inbound session of libolm's heap and frees it, whatever happens. */
function withInbound<T>(use: (session: Olm.InboundGroupSession) => T): T {
  const session = new Olm.InboundGroupSession()
  try {
    return use(session)
  } finally {
    session.free()
  }
}

/** Bytes or text: libolm takes both, and text as its UTF-8 bytes. Its binding ends a text at U+0000. */
const pickleKey = fc.oneof(
  bytesOf(32),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Uint8Array.from(bytes)),
  anyText.map((text) => text.replaceAll('\0', '')),
  fc.constant('DEFAULT_KEY'),
)

/** libolm's binding overwrites a key in bytes once it has used it. */
const lent = (key: string | Uint8Array): string | Uint8Array =>
  typeof key === 'string' ? key : Uint8Array.from(key)

const bytesOfKey = (key: string | Uint8Array): Uint8Array =>
  typeof key === 'string' ? utf8(key) : key

test('a session that libolm received and pickled is read, at index 0 and verified', () => {
  fc.assert(
    fc.property(pickleKey, anyText, (key, text) => {
      const plaintext = text.replaceAll('\0', '')
      const { sharing, sessionId, message } = olmOutboundSession(plaintext)
      const pickle = withInbound((inbound) => {
        inbound.create(sharing)
        return inbound.pickle(lent(key))
      })
      const { session, signingKeyVerified } = unpickleLibolm(pickle, bytesOfKey(key))
      expect(signingKeyVerified).toBe(true)
      expect(sessionIdOf(session)).toBe(sessionId)
      expect(serialiseSessionExport(session)).toBe(olmExportAt(sharing, 0))
      expect(olmGroupDecrypt(serialiseSessionExport(session), message)).toBe(plaintext)
    }),
    seeded,
  )
})

test('a session that libolm imported at any index and pickled is read there, unverified', () => {
  fc.assert(
    fc.property(pickleKey, ratchetIndex, (key, index) => {
      const exported = olmExportAt(olmOutboundSession('').sharing, index)
      const pickle = withInbound((inbound) => {
        inbound.import_session(exported)
        return inbound.pickle(lent(key))
      })
      const { session, signingKeyVerified } = unpickleLibolm(pickle, bytesOfKey(key))
      expect(session.index).toBe(index)
      expect(signingKeyVerified).toBe(false)
      expect(serialiseSessionExport(session)).toBe(exported)
    }),
    seeded,
  )
})

test('a session that has decrypted later messages is read at its earliest index', () => {
  fc.assert(
    fc.property(pickleKey, fc.integer({ min: 1, max: 40 }), (key, advance) => {
      const { sharing } = olmOutboundSession('')
      const pickle = withInbound((inbound) => {
        inbound.import_session(olmExportAt(sharing, 0))
        inbound.export_session(advance)
        return inbound.pickle(lent(key))
      })
      const { session } = unpickleLibolm(pickle, bytesOfKey(key))
      expect(serialiseSessionExport(session)).toBe(olmExportAt(sharing, 0))
    }),
    seeded,
  )
})

test('decrypting a message makes libolm hold the key for verified, and the pickle says so', () => {
  fc.assert(
    fc.property(pickleKey, (key) => {
      const { sharing, message } = olmOutboundSession('text')
      const pickle = withInbound((inbound) => {
        inbound.import_session(olmExportAt(sharing, 0))
        inbound.decrypt(message)
        return inbound.pickle(lent(key))
      })
      expect(unpickleLibolm(pickle, bytesOfKey(key)).signingKeyVerified).toBe(true)
    }),
    seeded,
  )
})

test('another pickle key is refused by libolm and by us', () => {
  fc.assert(
    fc.property(bytesOf(32), bytesOf(32), (key, other) => {
      fc.pre(Buffer.compare(key, other) !== 0)
      const { sharing } = olmOutboundSession('')
      const pickle = withInbound((inbound) => {
        inbound.create(sharing)
        return inbound.pickle(lent(key))
      })
      const reading = () => {
        withInbound((inbound) => {
          inbound.unpickle(lent(other), pickle)
        })
      }
      expect(reading).toThrow('BAD_ACCOUNT_KEY')
      expect(() => unpickleLibolm(pickle, other)).toThrow(
        expect.objectContaining({ code: 'wrong_key' }),
      )
    }),
    seeded,
  )
})

test('pickles of other things are no inbound sessions', () => {
  const key = new Uint8Array(32)
  const account = new Olm.Account()
  const outbound = new Olm.OutboundGroupSession()
  try {
    account.create()
    outbound.create()
    for (const pickle of [account.pickle(lent(key)), outbound.pickle(lent(key))])
      expect(() => unpickleLibolm(pickle, key)).toThrow(PickleError)
  } finally {
    account.free()
    outbound.free()
  }
})

/** Where the page comes from: an origin that browsers trust, answered from the package's files. */
const ORIGIN = 'http://localhost:1'
const PACKAGE = new URL('.', import.meta.resolve('@matrix-org/matrix-sdk-crypto-wasm'))

/**
 * Runs in the page: the Rust stack takes libolm's pickles into a store in IndexedDB, and what it stored
 * is read from there. Without a passphrase its store encrypts nothing.
 */
const MIGRATE = `(async ({ pickles, key }) => {
  const wasm = await import('${ORIGIN}/index.mjs')
  await wasm.initAsync()
  const store = await wasm.StoreHandle.open('pickles')
  const sessions = pickles.map((pickle) => Object.assign(new wasm.PickledInboundGroupSession(), {
    pickle,
    roomId: new wasm.RoomId('!room:example.org'),
    senderKey: 'A'.repeat(43),
  }))
  await wasm.Migration.migrateMegolmSessions(sessions, Uint8Array.from(key), store)
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  const stored = []
  for (const { name } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name))
    for (const table of database.objectStoreNames)
      if (table.startsWith('inbound_group_sessions'))
        stored.push(...(await done(database.transaction(table).objectStore(table).getAll())))
  }
  return stored.map(({ pickled_session }) => JSON.parse(atob(pickled_session)).pickle)
})`

describe('the Rust stack', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await openChromium()
  })

  afterAll(async () => {
    await browser.close()
  })

  /** What vodozemac writes for sessions that it reads from libolm's pickles. */
  async function migrated(
    pickles: readonly string[],
    key: Uint8Array,
  ): Promise<readonly unknown[]> {
    const page = await browser.newPage()
    await page.route(`${ORIGIN}/**`, async (route) => {
      const { pathname } = new URL(route.request().url())
      const contentType = pathname.endsWith('.wasm') ? 'application/wasm' : 'text/javascript'
      if (pathname === '/') await route.fulfill({ contentType: 'text/html', body: '' })
      else {
        const body = await readFile(fileURLToPath(new URL(`.${pathname}`, PACKAGE)))
        await route.fulfill({ contentType, body })
      }
    })
    await page.goto(`${ORIGIN}/`)
    const argument = JSON.stringify({ pickles, key: [...key] })
    const values = await page.evaluate<readonly unknown[]>(`${MIGRATE}(${argument})`)
    await page.close()
    return values
  }

  /** Everything of a session, to compare; sorted, as the store has an order of its own. */
  const described = (sessions: readonly UnpickledSession[]): readonly string[] =>
    sessions
      .map(({ session, signingKeyVerified }) => {
        return `${serialiseSessionExport(session)} ${signingKeyVerified ? 'verified' : 'not'}`
      })
      .toSorted()

  test('reads the same from pickles of libolm as we do, and what it pickles then we read', async () => {
    const key = fc.sample(bytesOf(32), { ...seeded, numRuns: 1 })[0] ?? new Uint8Array(32)
    const pickles = fc.sample(ratchetIndex, seeded).map((index, i) => {
      const { sharing } = olmOutboundSession('')
      return withInbound((inbound) => {
        if (i % 2 === 0) inbound.create(sharing)
        else inbound.import_session(olmExportAt(sharing, index))
        return inbound.pickle(lent(key))
      })
    })
    const values = await migrated(pickles, key)
    expect(values).toHaveLength(CASES)
    const expected = described(pickles.map((pickle) => unpickleLibolm(pickle, key)))
    expect(described(values.map(parseVodozemacPickle))).toEqual(expected)
    expect(expected.filter((session) => session.endsWith(' verified'))).toHaveLength(CASES / 2)
  })
})

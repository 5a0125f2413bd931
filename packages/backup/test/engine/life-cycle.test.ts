import { backupVersion } from '@roomkeys/types'
import { describe, expect, test, vi } from 'vitest'
import { createBackupEngine, type EnginePorts } from '../../src/engine.ts'
import { megolmBackupV1 } from '../../src/v1.ts'
import { createSimulatedServer, type FaultPlan } from '../simulation/server.ts'
import { type Death, mortal } from './mortal.ts'
import { add, addressOf } from './sessions.ts'
import { scene, silentClock, zeros } from './start.ts'
import { steady, turn } from './steady.ts'
import {
  authDataOf,
  createDurable,
  type Durable,
  FULL,
  OURS,
  portsOf,
  THEIRS,
  UPLOAD_ONLY,
} from './world.ts'

const V1 = backupVersion('1')
const NAME = megolmBackupV1.name

async function withKeys(): Promise<Durable> {
  const durable = createDurable()
  for (const number of [0, 1])
    await add(durable.store, number, {
      index: number * 3,
      truth: 'genuine',
      provenance: { kind: 'direct' },
    })
  return durable
}

describe('making a version', () => {
  test('signs it, keeps the key, and sets the preference', async () => {
    const { engine, server, durable } = await scene({ version: 'none', keys: zeros(2) })
    engine.send({ type: 'create', key: OURS, replaces: null })
    expect(await steady(engine)).toMatchObject({ kind: 'enabled', upload: { kind: 'idle' } })
    expect(server.versions[0]?.authData).toEqual({
      public_key: OURS.publicKey,
      signatures: { '@u:h': {} },
    })
    expect((await durable.vault?.current())?.publicKey).toBe(OURS.publicKey)
    expect(await durable.preference.read()).toBe(true)
    await engine.stop()
  })

  test('is unsigned only when the app says so', async () => {
    const { engine, server } = await scene({ version: 'none', ports: { signAuthData: 'unsigned' } })
    engine.send({ type: 'create', key: OURS, replaces: null })
    await steady(engine)
    expect(server.versions[0]?.authData).toEqual({ public_key: OURS.publicKey })
    await engine.stop()
  })

  test('makes none when it cannot be signed', async () => {
    const error = new Error('No signing key')
    const signAuthData = (): Promise<never> => Promise.reject(error)
    const { engine, server } = await scene({ version: 'none', ports: { signAuthData } })
    engine.send({ type: 'create', key: OURS, replaces: null })
    expect(await steady(engine)).toMatchObject({ kind: 'crashed', error })
    expect(server.versions).toHaveLength(0)
    await engine.stop()
  })

  test('recognises its own after a lost answer, instead of making a second', async () => {
    const faults: FaultPlan = ({ operation }) => ({
      kind: operation === 'createVersion' ? 'cut_after' : 'none',
    })
    const { engine, server } = await scene({ version: 'none', faults })
    engine.send({ type: 'create', key: OURS, replaces: null })
    expect(await steady(engine)).toMatchObject({ kind: 'enabled' })
    expect(server.versions).toHaveLength(1)
    await engine.stop()
  })

  test('replaces what the app has seen, and deletes nothing', async () => {
    const { engine, server } = await scene({ version: 'none' })
    server.createVersion(NAME, authDataOf(THEIRS))
    engine.send({ type: 'create', key: OURS, replaces: V1 })
    expect(await steady(engine)).toMatchObject({ backup: { info: { version: '2' } } })
    expect(server.versions.map(({ deleted }) => deleted)).toEqual([false, false])
    await engine.stop()
  })

  test('asks the app about a version that it has not seen', async () => {
    const { engine, server } = await scene({ version: 'none' })
    server.createVersion(NAME, authDataOf(THEIRS))
    engine.send({ type: 'create', key: OURS, replaces: null })
    expect(await steady(engine)).toMatchObject({
      kind: 'wrong_version',
      because: 'another_version',
    })
    expect(server.versions).toHaveLength(1)
    await engine.stop()
  })

  test.each(['before', 'after'] as const)(
    'goes on after the end of the process %s any call, with one version whose key is kept',
    async (moment) => {
      for (let fatal = 1; fatal <= 22; fatal += 1) {
        const server = createSimulatedServer()
        const durable = await withKeys()
        const death: Death = [fatal, moment]
        const ended = new AbortController()
        const first = mortal(portsOf(server.api, durable), death, ended.signal)
        const dying = createBackupEngine(first.ports)
        dying.send({ type: 'create', key: OURS, replaces: null })
        await steady(dying, first.isDead)
        // Whatever the server has, its key is durable.
        for (const { authData } of server.versions)
          expect(await durable.vault?.find(String(authData['public_key']))).not.toBeNull()
        ended.abort(new Error('The process has ended'))
        await dying.stop()
        const engine = createBackupEngine(portsOf(server.api, durable))
        engine.send({ type: 'resume', key: null })
        if ((await steady(engine)).kind === 'disabled')
          engine.send({ type: 'create', key: OURS, replaces: null })
        expect(await steady(engine), `${fatal}`).toMatchObject({ kind: 'enabled' })
        expect(server.versions, `${fatal}`).toHaveLength(1)
        expect(server.entriesOf('1')).toHaveLength(2)
        await engine.stop()
      }
    },
  )
})

describe('resuming', () => {
  test('compares the key, not the name of the version alone', async () => {
    const durable = createDurable()
    const first = await scene({ durable })
    first.engine.send({ type: 'enable', key: FULL })
    await steady(first.engine)
    await first.engine.stop()
    // Another server's data under the same name: the version "1" is now of another key.
    const { engine, server } = await scene({ durable, version: 'none', keys: zeros(2) })
    server.createVersion(NAME, authDataOf(THEIRS))
    engine.send({ type: 'resume', key: null })
    expect(await steady(engine)).toMatchObject({ kind: 'wrong_version', because: 'another_key' })
    expect(server.entriesOf('1')).toEqual([])
    await engine.stop()
  })

  test('finds the key of a vault without a record', async () => {
    const durable = createDurable()
    await durable.vault?.makeCurrent(OURS)
    const { engine } = await scene({ durable })
    engine.send({ type: 'resume', key: null })
    expect(await steady(engine)).toMatchObject({ kind: 'enabled' })
    await engine.stop()
  })

  test('says that an upload-only key has to be given again', async () => {
    const durable = createDurable()
    const first = await scene({ durable })
    first.engine.send({ type: 'enable', key: UPLOAD_ONLY })
    await steady(first.engine)
    await first.engine.stop()
    const { engine } = await scene({ durable })
    engine.send({ type: 'resume', key: null })
    expect(await steady(engine)).toEqual({ kind: 'disabled', because: 'key_missing' })
    engine.send({ type: 'resume', key: UPLOAD_ONLY })
    expect(await steady(engine)).toMatchObject({ kind: 'enabled' })
    await engine.stop()
  })

  test('keeps a full key that the app gives after an upload-only one', async () => {
    const { engine, durable } = await scene()
    engine.send({ type: 'enable', key: UPLOAD_ONLY })
    await steady(engine)
    expect(await durable.vault?.current()).toBeNull()
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    expect((await durable.vault?.current())?.publicKey).toBe(OURS.publicKey)
    await engine.stop()
  })

  test('has nothing to do at the first start', async () => {
    const { engine, server } = await scene()
    engine.send({ type: 'resume', key: null })
    expect(await steady(engine)).toEqual({ kind: 'disabled', because: 'not_started' })
    expect(server.calls).toEqual([])
    await engine.stop()
  })
})

describe('a version that is not ours any more', () => {
  test('asks the app, which may come with its key', async () => {
    const { engine, server } = await scene({ keys: zeros(1) })
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    const version = server.createVersion(NAME, authDataOf(THEIRS))
    engine.send({ type: 'recheck' })
    expect(await steady(engine)).toMatchObject({ kind: 'wrong_version', info: { version } })
    engine.send({ type: 'enable', key: { mode: 'full', key: THEIRS } })
    expect(await steady(engine)).toMatchObject({ kind: 'enabled', upload: { kind: 'idle' } })
    expect(server.entriesOf(version)).toHaveLength(1)
    await engine.stop()
  })

  test.each(['wrong_version', 'version_not_found'] as const)(
    'is read again after %s; a server that contradicts itself is asked ever less',
    async (code) => {
      let refusals = 6
      const faults: FaultPlan = ({ operation }) => {
        if (operation !== 'uploadKeys') return { kind: 'none' }
        refusals -= 1
        return refusals >= 0 ? { kind: 'answer', code } : { kind: 'none' }
      }
      const { engine, server, clock } = await scene({ keys: zeros(1), faults })
      engine.send({ type: 'enable', key: FULL })
      await steady(engine)
      expect(server.entriesOf('1')).toHaveLength(1)
      expect(clock.sleeps).toEqual([5_000, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000])
      await engine.stop()
    },
  )

  test('is gone: there is no backup, and the app is told', async () => {
    const { engine, server, notices } = await scene({ keys: zeros(1) })
    server.setFaults(({ operation }) => {
      if (operation === 'uploadKeys') server.deleteVersion('1')
      return { kind: 'none' }
    })
    engine.send({ type: 'enable', key: FULL })
    expect(await steady(engine)).toEqual({ kind: 'disabled', because: 'no_backup' })
    expect(notices.at(-1)).toEqual({
      type: 'state_changed',
      from: 'rechecking',
      to: 'disabled',
    })
    await engine.stop()
  })
})

describe('trust', () => {
  const doubtful: Partial<EnginePorts> = {
    evaluateTrust: () => Promise.resolve({ isTrusted: false, because: 'unsigned' }),
  }

  test('that is missing is for the app to give', async () => {
    const { engine, server } = await scene({ keys: zeros(1), ports: doubtful })
    engine.send({ type: 'enable', key: UPLOAD_ONLY })
    expect(await steady(engine)).toMatchObject({ kind: 'untrusted' })
    expect(server.entriesOf('1')).toEqual([])
    engine.send({ type: 'trust_decided', version: V1, decision: 'use' })
    expect(await steady(engine)).toMatchObject({ kind: 'enabled' })
    expect(server.entriesOf('1')).toHaveLength(1)
    await engine.stop()
  })

  test('that is refused ends it', async () => {
    const { engine } = await scene({ ports: doubtful })
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    engine.send({ type: 'trust_decided', version: V1, decision: 'refuse' })
    expect(await steady(engine)).toEqual({ kind: 'disabled', because: 'by_app' })
    await engine.stop()
  })
})

describe('the preference', () => {
  test('that another device turns off stops uploads, and on begins them again', async () => {
    const { engine, durable, server } = await scene({ keys: zeros(1) })
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    await durable.preference.write(false)
    engine.send({ type: 'preference_changed', enabled: false })
    expect(await steady(engine)).toEqual({ kind: 'disabled', because: 'preference_off' })
    await durable.preference.write(true)
    engine.send({ type: 'preference_changed', enabled: true })
    expect(await steady(engine)).toMatchObject({ kind: 'enabled' })
    expect(server.versions).toHaveLength(1)
    await engine.stop()
  })

  test('that is off is honoured at the start', async () => {
    const durable = createDurable()
    await durable.vault?.makeCurrent(OURS)
    await durable.preference.write(false)
    const { engine, server } = await scene({ durable, keys: zeros(1) })
    engine.send({ type: 'resume', key: null })
    expect(await steady(engine)).toEqual({ kind: 'disabled', because: 'preference_off' })
    expect(server.calls).toEqual([])
    await engine.stop()
  })

  test('is turned off when the app disables the backup', async () => {
    const { engine, durable, server } = await scene({ keys: zeros(1) })
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    engine.send({ type: 'disable', version: 'keep' })
    expect(await steady(engine)).toEqual({ kind: 'disabled', because: 'by_app' })
    expect(await durable.preference.read()).toBe(false)
    expect(server.versions[0]?.deleted).toBe(false)
    await engine.stop()
  })
})

describe('disabling', () => {
  test('with the version goes on after the end of the process', async () => {
    for (let fatal = 1; fatal <= 6; fatal += 1) {
      const { engine, server, durable } = await scene({ keys: zeros(1) })
      engine.send({ type: 'enable', key: FULL })
      await steady(engine)
      await engine.stop()
      const ended = new AbortController()
      // The first calls are those of resuming and its recheck.
      const process = mortal(portsOf(server.api, durable), [fatal + 6, 'after'], ended.signal)
      const dying = createBackupEngine(process.ports)
      dying.send({ type: 'resume', key: null })
      await steady(dying, process.isDead)
      dying.send({ type: 'disable', version: 'delete' })
      await steady(dying, process.isDead)
      ended.abort(new Error('The process has ended'))
      await dying.stop()
      const last = createBackupEngine(portsOf(server.api, durable))
      last.send({ type: 'resume', key: null })
      const state = await steady(last)
      const isDeleted = server.versions[0]?.deleted
      expect([state.kind, isDeleted]).toEqual(
        state.kind === 'disabled' ? ['disabled', true] : ['enabled', false],
      )
      await last.stop()
    }
  })
})

describe('a download', () => {
  test('lets uploads wait', async () => {
    const { engine, durable, server } = await scene()
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    engine.send({ type: 'download_began' })
    await add(durable.store, 1, {
      index: 0,
      truth: 'genuine',
      provenance: { kind: 'direct' },
    })
    engine.send({ type: 'keys_added' })
    for (let turns = 0; turns < 10; turns += 1) await turn()
    expect(server.entriesOf('1')).toEqual([])
    engine.send({ type: 'download_ended' })
    expect(await steady(engine)).toMatchObject({ kind: 'enabled', upload: { kind: 'idle' } })
    expect(server.entriesOf('1')).toHaveLength(1)
    await engine.stop()
  })
})

describe('waiting until all is backed up', () => {
  test('skips the random wait and resolves when nothing is pending', async () => {
    const { engine, server } = await scene({ keys: zeros(3), ports: { clock: silentClock } })
    engine.send({ type: 'enable', key: FULL })
    const report = await engine.waitUntilBackedUp()
    expect(report).toEqual({ outcome: 'backed_up', version: '1', refused: [] })
    expect(server.entriesOf('1')).toHaveLength(3)
    await engine.stop()
  })

  test('says at once why it cannot', async () => {
    const { engine } = await scene()
    expect(await engine.waitUntilBackedUp()).toEqual({
      outcome: 'not_backed_up',
      because: 'disabled',
      pending: null,
    })
    await engine.stop()
  })

  test('ends when time runs out, with what is left', async () => {
    const faults: FaultPlan = ({ operation }) =>
      operation === 'uploadKeys' ? { kind: 'answer', code: 'server_error' } : { kind: 'none' }
    const { engine } = await scene({ keys: zeros(3), faults })
    engine.send({ type: 'enable', key: FULL })
    while (engine.state().kind !== 'enabled') await turn()
    expect(await engine.waitUntilBackedUp({ timeoutMs: 5 })).toEqual({
      outcome: 'not_backed_up',
      because: 'timeout',
      pending: 3,
    })
    await engine.stop()
  })

  test('ends with the reason of its signal', async () => {
    const { engine } = await scene({ keys: zeros(1) })
    engine.send({ type: 'enable', key: FULL })
    const controller = new AbortController()
    const waiting = engine.waitUntilBackedUp({ signal: controller.signal })
    controller.abort(new Error('Enough'))
    await expect(waiting).rejects.toThrow('Enough')
    await engine.stop()
  })

  test('names keys that an earlier engine could not back up', async () => {
    const bad = addressOf(1).sessionId
    const durable = createDurable()
    const options = {
      durable,
      refuses: ({ sessionId }: { readonly sessionId: string }) => sessionId === bad,
    }
    const first = await scene({ ...options, keys: zeros(3) })
    first.engine.send({ type: 'enable', key: FULL })
    await steady(first.engine)
    await first.engine.stop()
    const second = await scene(options)
    second.engine.send({ type: 'resume', key: null })
    await steady(second.engine)
    expect(await second.engine.waitUntilBackedUp()).toEqual({
      outcome: 'backed_up',
      version: '1',
      refused: [{ ...addressOf(1), reason: null }],
    })
    await second.engine.stop()
  })
})

describe('an engine', () => {
  test('does nothing more once it is stopped', async () => {
    const { engine, server } = await scene({ keys: zeros(2) })
    engine.send({ type: 'enable', key: FULL })
    await engine.stop()
    const calls = server.calls.length
    engine.send({ type: 'enable', key: FULL })
    for (let turns = 0; turns < 10; turns += 1) await turn()
    expect(server.calls.length).toBe(calls)
  })

  test('goes on when a listener throws, and the exception is thrown outside', async () => {
    const thrown: (() => void)[] = []
    vi.stubGlobal('queueMicrotask', (callback: () => void) => thrown.push(callback))
    const { engine, notices } = await scene()
    engine.subscribe(() => {
      throw new Error('The listener is broken')
    })
    engine.send({ type: 'enable', key: FULL })
    expect(await steady(engine)).toMatchObject({ kind: 'enabled' })
    vi.unstubAllGlobals()
    expect(thrown.length).toBe(notices.length)
    expect(thrown[0]).toThrow('The listener is broken')
    await engine.stop()
  })

  test('tells nobody who has unsubscribed', async () => {
    const { engine } = await scene()
    const seen: string[] = []
    const unsubscribe = engine.subscribe(({ type }) => seen.push(type))
    engine.send({ type: 'enable', key: FULL })
    unsubscribe()
    await steady(engine)
    expect(seen).toEqual(['state_changed'])
    await engine.stop()
  })
})

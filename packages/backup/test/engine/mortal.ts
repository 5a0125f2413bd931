/** Ports of a process that ends at a call: from then on nothing of it has any effect. */
import type { EnginePorts } from '../../src/engine.ts'

/** The process. */
export interface Mortal {
  readonly ports: EnginePorts
  readonly isDead: () => boolean
}

/** When the process ends: at which call of any port, and whether that call still takes effect. */
export type Death = readonly [number, 'before' | 'after'] | undefined

/** What is called after the end neither acts nor answers, until it is aborted. */
function silence(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error)
    })
  })
}

/** Wraps ports; `ended` is aborted by the test when it has seen the end. */
export function mortal(ports: EnginePorts, death: Death, ended: AbortSignal): Mortal {
  const [fatal, moment] = death ?? [Infinity, 'before']
  let calls = 0
  const isDead = (): boolean => calls >= fatal

  async function call<T>(effect: () => Promise<T>): Promise<T> {
    if (isDead()) return silence(ended)
    calls += 1
    if (isDead() && moment === 'before') return silence(ended)
    const value = await effect()
    return isDead() ? silence(ended) : value
  }

  async function* stream<T>(values: () => AsyncIterable<T>): AsyncGenerator<T> {
    await call(() => Promise.resolve())
    yield* values()
  }

  const { api, store, journal, vault, preference } = ports
  return {
    isDead,
    ports: {
      ...ports,
      api: {
        currentVersion: (options) => call(() => api.currentVersion(options)),
        readVersion: (version, options) => call(() => api.readVersion(version, options)),
        createVersion: (request, options) => call(() => api.createVersion(request, options)),
        updateVersion: (version, request, options) =>
          call(() => api.updateVersion(version, request, options)),
        deleteVersion: (version, options) => call(() => api.deleteVersion(version, options)),
        uploadKeys: (version, entries, options) =>
          call(() => api.uploadKeys(version, entries, options)),
        readKeys: (version, options) => stream(() => api.readKeys(version, options)),
        readKey: (version, address, options) => call(() => api.readKey(version, address, options)),
      },
      store: {
        ...store,
        get: (address) => call(() => store.get(address)),
        update: (addresses, decide) => call(() => store.update(addresses, decide)),
        pending: (version, limit) => call(() => store.pending(version, limit)),
      },
      journal: {
        read: (name) => call(() => journal.read(name)),
        write: (name, record) => call(() => journal.write(name, record)),
        remove: (name) => call(() => journal.remove(name)),
      },
      vault:
        vault === null
          ? null
          : {
              current: (options) => call(() => vault.current(options)),
              find: (publicKey, options) => call(() => vault.find(publicKey, options)),
              keep: (key, options) => call(() => vault.keep(key, options)),
              makeCurrent: (key, options) => call(() => vault.makeCurrent(key, options)),
              forget: (publicKey, options) => call(() => vault.forget(publicKey, options)),
            },
      preference: {
        read: (options) => call(() => preference.read(options)),
        write: (enabled, options) => call(() => preference.write(enabled, options)),
      },
    },
  }
}

/** A store and a journal that a browser keeps. */
export { openIndexedDbStore } from './stores/indexeddb-store.ts'

export type { IndexedDbStore, OpenIndexedDbStoreOptions } from './stores/indexeddb-store.ts'

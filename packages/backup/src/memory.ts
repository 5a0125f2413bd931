/** A store and a journal that live as long as the process. */
export { createMemoryJournal } from './stores/memory-journal.ts'
export { createMemoryStore } from './stores/memory-store.ts'

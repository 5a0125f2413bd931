/** Transactions that write. */
import { stored } from './indexeddb-errors.ts'

/** Strict: what is said to be stored may be gone from everywhere else. */
export const DURABLE: { readonly durability: 'strict' } = { durability: 'strict' }

/**
 * Settles when a transaction has, with its own error: a request that failed may not say that there is no
 * room left.
 */
function completion(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => {
      resolve()
    })
    transaction.addEventListener('abort', () => {
      reject(transaction.error ?? new DOMException('The transaction was aborted', 'AbortError'))
    })
  })
}

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort()
  } catch (error) {
    // It has ended by itself, which is what is wanted here.
    if (!(error instanceof DOMException)) throw error
  }
}

/**
 * Does something in a transaction and waits until it is committed. Nothing but the transaction itself
 * may be awaited in there: it would commit by itself.
 *
 * @throws BackupError `store`, or what the work throws; then nothing was written
 */
export async function committed(
  transaction: IDBTransaction,
  work: () => Promise<void>,
): Promise<void> {
  const done = completion(transaction)
  try {
    await work()
  } catch (error) {
    abort(transaction)
    await done.catch(() => undefined)
    throw error
  }
  await stored(() => done)
}

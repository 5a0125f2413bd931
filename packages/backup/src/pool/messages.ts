/**
 * What a pool and its workers say to each other. Algorithms and errors cannot be posted: the former go
 * by their names, and what fails is done again by the pool itself.
 */
import type { MacPolicy } from '../algorithm.ts'
import type { BackupEntry, OpenedEntry } from '../entry.ts'
import type { SealedEntry, SessionToSeal } from '../seal-entry.ts'

/** What entries are opened with. Its bytes are transferred, and overwritten where they arrive. */
export interface OpenSetup {
  readonly kind: 'open'
  readonly algorithm: string
  readonly macPolicy: MacPolicy
  readonly privateKey: Uint8Array<ArrayBuffer>
  readonly publicKey: string
}

/** What sessions are sealed with. Its bytes are transferred, and overwritten where they arrive. */
export interface SealSetup {
  readonly kind: 'seal'
  readonly algorithm: string
  readonly publicKey: Uint8Array<ArrayBuffer>
  readonly macKey: Uint8Array<ArrayBuffer> | null
}

/** What a run works with. */
export type Setup = OpenSetup | SealSetup

/** What a run works on. */
export type Item = BackupEntry | SessionToSeal

/** What comes out, where nothing fails. */
export type Result = OpenedEntry | SealedEntry

/** To a worker. */
export type ToWorker =
  | { readonly kind: 'begin'; readonly run: number; readonly setup: Setup }
  | {
      readonly kind: 'batch'
      readonly run: number
      readonly batch: number
      readonly items: readonly Item[]
    }
  | { readonly kind: 'end'; readonly run: number }

/** A result or `null` for each item of a batch, or `null` for all of it. */
export type BatchResults = readonly (Result | null)[] | null

/** From a worker. */
export interface FromWorker {
  readonly batch: number
  readonly results: BatchResults
}

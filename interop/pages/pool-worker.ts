/** Runs in a Web Worker: the worker of a pool, as a bundler finds it. */
import '@roomkeys/backup/pool-worker'

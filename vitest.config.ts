import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{packages,apps,scripts,interop,bench}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'interop/synapse/**'],
    // One fewer is the default, which leaves half of two cores idle.
    maxWorkers: '100%',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    allowOnly: false,
  },
})

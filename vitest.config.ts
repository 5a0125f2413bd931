import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{packages,apps,scripts,interop,bench}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'interop/synapse/**'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    allowOnly: false,
  },
})

// What runs against Synapse, which is no npm package: `pnpm test:synapse`.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['interop/synapse/**/*.test.ts'],
    globalSetup: 'interop/synapse/setup.ts',
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 180_000,
    allowOnly: false,
  },
})

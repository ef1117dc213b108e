import { defineConfig } from 'vitest/config'

/** Real clients against the built server, one after the other; `npm test` knows nothing of them. */
export default defineConfig({
  test: {
    include: ['test/clients/*.test.ts'],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 900_000,
    env: { NO_COLOR: '1' },
  },
})

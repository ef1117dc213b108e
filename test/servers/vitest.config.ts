import { defineConfig } from 'vitest/config'

/** Against a real OpenAI-compatible server, one check after the other; `npm test` knows nothing of it. */
export default defineConfig({
  test: {
    include: ['test/servers/*.test.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 60_000,
    env: { NO_COLOR: '1' },
  },
})

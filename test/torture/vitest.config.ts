import { defineConfig } from 'vitest/config'

/** What takes minutes: the same program, failed at every single point; and how time grows, which wants a quiet machine. */
export default defineConfig({
  test: {
    include: ['test/torture/**/*.test.ts', 'test/**/growth.test.ts', 'test/scripts/bench.test.ts'],
    setupFiles: ['test/seed.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
    env: { NO_COLOR: '1' },
  },
})

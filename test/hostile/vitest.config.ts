import { defineConfig } from 'vitest/config'

/** Attacks on the built program. How long readers take to read what is hostile is measured by npm run test:torture. */
export default defineConfig({
  test: {
    include: ['test/hostile/**/*.test.ts'],
    exclude: ['test/**/growth.test.ts'],
    setupFiles: ['test/seed.ts'],
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    env: { NO_COLOR: '1' },
  },
})

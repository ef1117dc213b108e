import { defineConfig } from 'vitest/config'

/** They wait for limits to pass, and belong to npm run test:torture. */
export const slow = ['samples', 'waits', 'long-replies', 'last-resort'].map((name) => `test/hostile/${name}.test.ts`)

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Against a real server: npm run test:ollama. What takes minutes or measures time: npm run test:torture.
    exclude: ['test/ollama/**', 'test/torture/**', 'test/**/growth.test.ts', ...slow],
    setupFiles: ['test/seed.ts'],
    // Most of the time goes to the built program and git, which the tests wait for.
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    env: { NO_COLOR: '1' },
  },
})

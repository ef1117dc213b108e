import { defineConfig } from 'vitest/config'
import doors from './test/doors/vitest.config.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Hooks, chat, server: npm run test:doors. Attacks: npm run test:hostile. What takes minutes or measures time: npm run test:torture. Against a real server:
    // npm run test:ollama, npm run test:engines.
    exclude: [
      ...(doors.test?.include ?? []),
      'test/clients/**',
      'test/hostile/**',
      'test/ollama/**',
      'test/servers/**',
      'test/scripts/bench.test.ts',
      'test/torture/**',
      'test/**/growth.test.ts',
    ],
    setupFiles: ['test/seed.ts'],
    // Most of the time goes to the built program and git, which the tests wait for.
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    env: { NO_COLOR: '1' },
  },
})

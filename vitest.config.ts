import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Attacks: npm run test:hostile. What takes minutes or measures time: npm run test:torture. Against a real server:
    // npm run test:ollama, npm run test:engines.
    exclude: [
      'test/clients/**',
      'test/hostile/**',
      'test/ollama/**',
      'test/servers/**',
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

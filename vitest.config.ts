import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/torture/**'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    env: { NO_COLOR: '1' },
  },
})

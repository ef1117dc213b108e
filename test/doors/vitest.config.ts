import { defineConfig } from 'vitest/config'

/** Whole conversations through the other doors: hooks in real commits, chat, work, setup, the server, MCP. And what takes long. `npm test` has the SDKs. */
export default defineConfig({
  test: {
    include: [
      'test/doors/hooks/**/*.test.ts',
      'test/doors/chat/**/*.test.ts',
      'test/doors/server/**/!(sdks).test.ts',
      'test/doors/mcp/**/*.test.ts',
      'test/doors/cli/{changes,ci,commit-message,documents,events,newcomer,prose,setup,skills-test,work,work-models}.test.ts',
    ],
    setupFiles: ['test/seed.ts'],
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    env: { NO_COLOR: '1' },
  },
})

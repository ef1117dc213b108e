// Which sources a run loads together (scripts/bundle.mjs).

/** What every engine needs to say what it would send, and the code that asks as well. */
const engineParts = ['asked', 'families', 'locality', 'chat/failure', 'chat/grammar'].map(
  (name) => `src/engines/${name}.ts`,
)

/** By name and in the order of a run, for the npm package. */
export const stages = {
  start: ['src/doors/cli/program.ts'],
  run: ['src/doors/cli/commands/run.ts', 'src/doors/cli/dry-run.ts', 'src/doors/cli/prompt-words.ts', ...engineParts],
  engine: ['src/engines/ollama/engine.ts', 'src/engines/openai/engine.ts'],
  git: ['src/workspace/git/open.ts'],
  files: ['src/input/files.ts'],
  code: ['src/syntax/definitions.ts', 'src/workspace/git/changes.ts', 'src/workspace/text-sides.ts'],
  zod: ['node_modules/zod/index.js'],
  ask: [
    'src/app/run.ts',
    'src/engines/choose.ts',
    'src/core/conversation.ts',
    'src/tasks/findings/check-work.ts',
    'src/doors/cli/deliver.ts',
  ],
  tools: ['src/tools/index.ts'],
  chat: [
    'src/engines/chat/learn.ts',
    'src/engines/chat/persist.ts',
    'src/engines/http/transport.ts',
    'src/engines/http/node-http.ts',
  ],
  ollama: [
    'src/engines/ollama/server.ts',
    'src/engines/ollama/open.ts',
    'src/engines/ollama/recall.ts',
    'node_modules/ollama/dist/browser.mjs',
  ],
}

const { engine, chat, ollama, ...others } = stages
const withFetch = chat.map((source) => source.replace('node-http', 'bun-fetch'))

/** For the standalone binary: bun takes longer to open one more file than to read code that a run does not need. */
export const binaryStages = {
  ...others,
  run: [...stages.run, ...engine],
  ask: [...stages.ask, ...withFetch, ...ollama],
}

import type { EngineAccess, Engine } from './engine.ts'

/** Every engine, by the name of its folder. Its code is loaded when it is first used. */
export const engines = {
  ollama: async (access: EngineAccess): Promise<Engine> => (await import('./ollama/engine.ts')).createOllama(access),
  openai: async (access: EngineAccess): Promise<Engine> => (await import('./openai/engine.ts')).createOpenAi(access),
  embedded: async (access: EngineAccess): Promise<Engine> =>
    (await import('./embedded/engine.ts')).createEmbedded(access),
} as const

export type EngineKind = keyof typeof engines

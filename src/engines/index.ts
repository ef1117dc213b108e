import type { Access, Engine } from './engine.ts'

/** Every engine there is, by the name of its folder. An engine is loaded when it is asked for. */
export const engines = {
  ollama: async (access: Access): Promise<Engine> => (await import('./ollama/engine.ts')).createOllama(access),
} as const

import type { Engine } from '../../engines/engine.ts'

/** What servers call themselves, where the name is unambiguous; `unknown` is a server that does not say. */
const makers: Readonly<Record<string, string>> = {
  vllm: 'vLLM',
  sglang: 'SGLang',
  unknown: 'An OpenAI-compatible server',
}

/** Who answers and where. `version` is what the engine says of it. */
export function serverWords({ name, url }: Pick<Engine, 'name' | 'url'>, version: string): string {
  if (name === 'embedded') return 'llama.cpp in a process of its own (node-llama-cpp); it needs no server'
  return `${name === 'ollama' ? `Ollama ${version}` : (makers[version] ?? version)} at ${url}`
}

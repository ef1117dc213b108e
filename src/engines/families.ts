import type { ModelInfo } from './engine.ts'

/**
 * How well a family calls tools: 3 reliably, 2 mostly, 0 hardly at all; 1 for families that are not listed. From
 * Ollama's own tool tests (integration/tools_test.go, tools_stress_test.go) and our trials. Longer names come first.
 */
const families: readonly [name: string, skill: 0 | 2 | 3][] = [
  ['qwen3-coder', 3],
  ['qwen3-vl', 2],
  ['qwen3', 3],
  ['gpt-oss', 3],
  ['gemma4', 3],
  ['devstral', 3],
  ['ministral-3', 3],
  ['mistral-small', 3],
  ['granite4', 3],
  ['glm-4', 3],
  ['nemotron', 3],
  ['llama3', 2],
  ['qwen2.5-coder', 0],
  ['qwen2.5', 2],
  ['mistral', 2],
  ['mixtral', 2],
  ['granite3', 2],
  ['cogito', 2],
  ['lfm2', 2],
  ['olmo-3', 2],
  ['laguna', 2],
  ['command-r', 2],
  ['deepseek-r1', 0],
  ['gemma', 0],
  ['phi', 0],
  ['codellama', 0],
  ['starcoder', 0],
  ['smollm', 0],
]

/** How well a model calls tools, by its name. A model too small for several calls in a row counts less. */
export function toolSkill({ name, parameterSize = '' }: ModelInfo): number {
  const base = name.toLowerCase().split(':')[0]?.split('/').at(-1) ?? ''
  const skill = families.find(([family]) => base.startsWith(family))?.[1] ?? 1
  const [, amount = '', unit] = /^([\d.]+)\s*([MB])$/i.exec(parameterSize) ?? []
  const billions = unit?.toUpperCase() === 'M' ? Number(amount) / 1000 : Number(amount)
  return amount !== '' && billions < 3 ? Math.max(0, skill - 2) : skill
}

/** False for embedding models, which are listed with the others. */
export function canChat({ name, family = '', capabilities }: ModelInfo): boolean {
  if (capabilities !== undefined && capabilities.length > 0) return capabilities.includes('completion')
  return !/embed|minilm|rerank|bert|\bbge/i.test(`${name} ${family}`)
}

import type { Refusal } from './wire.ts'

export type ModelRef = {
  original: string
  /** Without `:local` or `:cloud`. */
  base: string
  source: 'any' | 'local' | 'cloud'
}

/** From here on the endings `:local` and `:cloud` say where a model runs; before, they were tags like any other. */
const suffixesSince = [0, 17, 6]

/** A model's name as a client sent it, read as a server of this version reads it. */
export function parseModelName(raw: string, version: string): ModelRef | Refusal {
  const original = raw.trim()
  if (original === '') return { status: 400, error: 'model is required' }
  const ref = isAtLeast(version, suffixesSince) ? splitSuffix(original) : { base: original, source: 'any' as const }
  if (ref.source !== 'any' && splitSuffix(ref.base).source !== 'any') {
    return { status: 400, error: `use either :local or :cloud, not both: ${JSON.stringify(original)}` }
  }
  if (!/^([\w.:-]+\/){0,2}[\w.-]+(:[\w.-]+)?$/.test(ref.base)) return { status: 400, error: 'invalid model name' }
  return { original, ...ref }
}

function splitSuffix(name: string): Pick<ModelRef, 'base' | 'source'> {
  const colon = name.lastIndexOf(':')
  const suffix = name.slice(colon + 1)
  if (colon < 0) return { base: name, source: 'any' }
  if (/^(local|cloud)$/i.test(suffix)) {
    return { base: name.slice(0, colon), source: suffix.toLowerCase() === 'local' ? 'local' : 'cloud' }
  }
  if (/^[^/]*-cloud$/i.test(suffix)) return { base: name.slice(0, -'-cloud'.length), source: 'cloud' }
  return { base: name, source: 'any' }
}

/** `qwen3` → `qwen3:latest`. */
export function shortName(name: string): string {
  return name.lastIndexOf(':') > name.lastIndexOf('/') ? name : `${name}:latest`
}

/** `gemma3` → `registry.ollama.ai/library/gemma3:latest`, as some errors have it. */
export function fullName(name: string): string {
  const slashes = name.split('/').length - 1
  return shortName(['registry.ollama.ai/library/', 'registry.ollama.ai/', ''][slashes] + name)
}

function isAtLeast(version: string, floor: readonly number[]): boolean {
  const parts = version.split(/[.-]/).map(Number)
  const differing = floor.findIndex((part, index) => part !== parts[index])
  return differing < 0 || (parts[differing] ?? 0) > (floor[differing] ?? 0)
}

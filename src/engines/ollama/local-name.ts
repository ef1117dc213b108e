import { withoutLocal } from '../locality.ts'

/** The first server that keeps a name with `:local` on this machine or answers 404 (and that runs `:cloud` unasked). */
const localSuffixSince = [0, 17, 6]

/**
 * True for a name that a server runs at ollama.com whether or not it was pulled (internal/modelref/modelref.go). Such a
 * name must not even be asked about: that question goes there too.
 */
export function isCloudName(name: string): boolean {
  const parts = withoutLocal(name).split(':').slice(1)
  const last = parts.at(-1)?.trim().toLowerCase() ?? ''
  return last === 'cloud' || (!last.includes('/') && last.endsWith('-cloud'))
}

/** The name with which the server can only run it here: `qwen3:8b` becomes `qwen3:8b:local`. */
export function asLocal(name: string): string {
  return `${withoutLocal(name)}:local`
}

/** Builds from source call themselves 0.0.0 and may be anything. */
export function knowsLocal(version: string): boolean | 'unknown' {
  const parts = version.split(/[.-]/).slice(0, 3).map(Number)
  if (parts.length < 3 || parts.some(Number.isNaN) || parts.every((part) => part === 0)) return 'unknown'
  const different = parts.findIndex((part, index) => part !== localSuffixSince[index])
  return different < 0 || (parts[different] ?? 0) > (localSuffixSince[different] ?? 0)
}

import { withoutLocal } from '../locality.ts'

/** The first version that runs a name with `:local` on this machine or answers 404. It also runs `:cloud` unasked. */
const localSuffixSince = [0, 17, 6]

/** A name that the server can only run here: `qwen3:8b` becomes `qwen3:8b:local`. */
export function asLocal(name: string): string {
  return `${withoutLocal(name)}:local`
}

/** Whether this version understands `:local`. Builds from source call themselves 0.0.0 and may be anything. */
export function knowsLocal(version: string): boolean | 'unknown' {
  const parts = version.split(/[.-]/).slice(0, 3).map(Number)
  if (parts.length < 3 || parts.some(Number.isNaN) || parts.every((part) => part === 0)) return 'unknown'
  const different = parts.findIndex((part, index) => part !== localSuffixSince[index])
  return different < 0 || (parts[different] ?? 0) > (localSuffixSince[different] ?? 0)
}

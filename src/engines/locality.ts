import { LocalBrainError } from '../errors.ts'
import type { Host } from './host.ts'
import type { ShownModel } from './ollama/ollama.ts'

/** The first server that keeps a name with `:local` on this machine or answers 404 (and that runs `:cloud` unasked). */
const localSuffixSince = [0, 17, 6]

const hint = 'use a local model, or allow it with --allow-remote'

/** Throws `remote-refused` before anything is sent to another machine. */
export function assertOwnMachine(host: Host, allowRemote: boolean): void {
  // guard: own-machine
  if (host.isThisMachine || allowRemote) return
  throw new LocalBrainError('remote-refused', `${host.url} is not this machine, so the prompt would leave it`, {
    hint: 'use a host on this machine, or allow it with --allow-remote',
  })
}

/**
 * True for a name that a server runs at ollama.com whether or not it was pulled (internal/modelref/modelref.go). Such a
 * name must not even be asked about: that question goes there too.
 */
export function isCloudName(name: string): boolean {
  const parts = withoutLocal(name).split(':').slice(1)
  const last = parts.at(-1)?.trim().toLowerCase() ?? ''
  return last === 'cloud' || (!last.includes('/') && last.endsWith('-cloud'))
}

export function assertLocalName(name: string, allowRemote: boolean): void {
  if (allowRemote || !isCloudName(name)) return
  throw new LocalBrainError(
    'remote-refused',
    `Model "${name}" runs in the cloud, so the prompt would leave this machine`,
    {
      hint,
    },
  )
}

/** `/api/show` and `/api/tags` know what a name can hide: a stub for a model elsewhere. */
export function assertLocalModel(
  name: string,
  { isRemote, remoteHost }: Pick<ShownModel, 'isRemote' | 'remoteHost'>,
  allowRemote: boolean,
): void {
  if (allowRemote || !isRemote) return
  const where = remoteHost === undefined ? 'on another machine' : `at ${remoteHost}`
  throw new LocalBrainError('remote-refused', `Model "${name}" runs ${where}, so the prompt would leave this machine`, {
    hint,
  })
}

/** The name with which the server can only run it here: `qwen3:8b` becomes `qwen3:8b:local`. */
export function asLocal(name: string): string {
  return `${withoutLocal(name)}:local`
}

export function withoutLocal(name: string): string {
  return name.trim().replace(/:\s*local$/i, '')
}

/** Builds from source call themselves 0.0.0 and may be anything. */
export function knowsLocal(version: string): boolean | 'unknown' {
  const parts = version.split(/[.-]/).slice(0, 3).map(Number)
  if (parts.length < 3 || parts.some(Number.isNaN) || parts.every((part) => part === 0)) return 'unknown'
  const different = parts.findIndex((part, index) => part !== localSuffixSince[index])
  return different < 0 || (parts[different] ?? 0) > (localSuffixSince[different] ?? 0)
}

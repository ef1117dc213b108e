import { LocalBrainError } from '../errors.ts'
import type { ModelInfo } from './engine.ts'
import type { Host } from './host.ts'

/** Throws `remote-refused` before anything is sent to another machine. */
export function assertOwnMachine(host: Host, allowRemote: boolean): void {
  // guard: own-machine
  if (host.isThisMachine || allowRemote) return
  throw new LocalBrainError('remote-refused', `${host.url} is not this machine, so the prompt would leave it`, {
    hint: 'use a host on this machine, or allow it with --allow-remote',
  })
}

/** Throws `remote-refused` for a model that would run elsewhere. */
export function assertLocalModel(
  { name, isLocal, remoteHost }: Pick<ModelInfo, 'name' | 'isLocal' | 'remoteHost'>,
  allowRemote: boolean,
): void {
  if (allowRemote || isLocal) return
  const where = remoteHost === undefined ? 'on another machine' : `at ${remoteHost}`
  throw new LocalBrainError('remote-refused', `Model "${name}" runs ${where}, so the prompt would leave this machine`, {
    hint: 'use a local model, or allow it with --allow-remote',
  })
}

/** `qwen3:8b:local` means the model `qwen3:8b`, and only if it runs here. */
export function withoutLocal(name: string): string {
  return name.trim().replace(/:\s*local$/i, '')
}

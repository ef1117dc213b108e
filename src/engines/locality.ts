import { LocalBrainError } from '../errors.ts'
import type { ModelInfo } from './engine.ts'
import { type Host, isOwnAddress } from './host.ts'

/** Throws `remote-refused` before anything is sent to another machine. */
export function assertOwnMachine(host: Host, allowRemote: boolean): void {
  // guard: own-machine
  if (host.isThisMachine || allowRemote) return
  throw new LocalBrainError('remote-refused', `${host.url} is not this machine, so the prompt would leave it`, {
    hint: 'use a host on this machine, or allow it with --allow-remote',
  })
}

/**
 * Why nothing may be sent to the address that a connection led to: a name such as `localhost` may lead anywhere.
 * Undefined for an address of this machine, and where another machine is allowed.
 */
export function peerRefusal(host: Host, allowRemote: boolean): (address: string) => LocalBrainError | undefined {
  return (address) => {
    // guard: own-peer
    if (allowRemote || isOwnAddress(address)) return undefined
    return new LocalBrainError('remote-refused', `${host.url} leads to ${address}, which is not this machine`, {
      hint: 'use --host with an address, such as http://127.0.0.1:11434',
    })
  }
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

/**
 * True for a name that a server runs at ollama.com even if it was not pulled (internal/modelref/modelref.go). Don't
 * even ask the server about such a name: it passes the question on.
 */
export function isCloudName(name: string): boolean {
  const parts = withoutLocal(name).split(':').slice(1)
  const last = parts.at(-1)?.trim().toLowerCase() ?? ''
  return last === 'cloud' || (!last.includes('/') && last.endsWith('-cloud'))
}

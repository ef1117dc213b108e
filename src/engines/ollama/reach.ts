import type { Store } from '../../store/store.ts'
import { isError } from '../../errors.ts'
import { asLocal, assertLocalModel, assertOwnMachine, isCloudName, knowsLocal } from '../locality.ts'
import type { Host } from '../host.ts'
import { createOllama, type InstalledModel, type LoadedModel, type OllamaServer, type ShownModel } from './ollama.ts'
import { failureOf } from './wire-error.ts'

/** A server and what it says of itself; nothing of the person's was sent. */
export type Reached = {
  server: OllamaServer
  version: string
  installed: InstalledModel[]
  loaded: LoadedModel[]
}

export type Access = { host: Host; allowRemote: boolean; store: Store }

export async function reach({ host, allowRemote }: Access, signal: AbortSignal): Promise<Reached> {
  assertOwnMachine(host, allowRemote)
  const server = createOllama({ url: host.url })
  const [version, installed, loaded] = await Promise.all([
    unlessMissing(server.version(signal), 'unknown'),
    server.tags(signal),
    unlessMissing(server.ps(signal), []),
  ])
  return { server, version, installed, loaded }
}

/** A proxy need not let through what a run can do without. */
async function unlessMissing<T>(asked: Promise<T>, fallback: T): Promise<T> {
  return asked.catch((error: unknown) => {
    const status = failureOf(error)?.status ?? 0
    if ([403, 404, 405, 501].includes(status)) return fallback
    throw error
  })
}

/** What the server knows of a model, and the name under which it only runs it where that is allowed. */
export type Proven = { shown: ShownModel; sentAs: string }

/** Throws `remote-refused` for a stub of a model elsewhere. Never asks about a cloud name: the question would go there. */
export async function prove(
  name: string,
  { server, version }: Pick<Reached, 'server' | 'version'>,
  allowRemote: boolean,
  signal: AbortSignal,
): Promise<Proven> {
  if (isCloudName(name)) {
    assertLocalModel(name, { isRemote: true, remoteHost: 'ollama.com' }, allowRemote)
    return { shown: { capabilities: ['completion', 'tools'], isRemote: true, template: '' }, sentAs: name }
  }
  const proven = await show(name, allowRemote ? false : knowsLocal(version), server, signal)
  assertLocalModel(name, proven.shown, allowRemote)
  return proven
}

async function show(
  name: string,
  suffix: boolean | 'unknown',
  server: OllamaServer,
  signal: AbortSignal,
): Promise<Proven> {
  const sentAs = suffix === false ? name : asLocal(name)
  try {
    return { shown: await server.show(sentAs, signal), sentAs }
  } catch (error) {
    const isMissing = isError(error, 'model-missing')
    // Only models that are listed are asked about, so this one is a stub that the list did not give away.
    if (suffix === true && isMissing) assertLocalModel(name, { isRemote: true }, false)
    if (suffix === 'unknown' && (isMissing || failureOf(error)?.status === 400))
      return show(name, false, server, signal)
    throw error
  }
}

/** What `/api/show` lists; servers too old to list anything have the template to tell. */
export function capabilitiesOf({ capabilities, template }: ShownModel): string[] {
  if (capabilities.length > 0) return capabilities
  return template.includes('.Tools') ? ['completion', 'tools'] : ['completion']
}

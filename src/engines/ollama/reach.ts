import { isError } from '../../errors.ts'
import type { ModelInfo } from '../engine.ts'
import { assertLocalModel } from '../locality.ts'
import { asLocal, isCloudName, knowsLocal } from './local-name.ts'
import type { InstalledModel, LoadedModel, OllamaServer, ShownModel } from './server.ts'
import { failureOf } from './wire-error.ts'

/** What a server says of itself in answer to three questions, none of which carries more than a name. */
export type Reached = { server: OllamaServer; version: string; installed: InstalledModel[]; loaded: LoadedModel[] }

/** What the server knows of a model, and the name under which it only runs it where that is allowed. */
export type Proven = { shown: ShownModel; sentAs: string }

export async function reach(server: OllamaServer, signal: AbortSignal): Promise<Reached> {
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

/** Throws `remote-refused` for a stub of a model elsewhere. Never asks about a cloud name: the question would go there. */
export async function prove(
  model: ModelInfo,
  { server, version }: Pick<Reached, 'server' | 'version'>,
  allowRemote: boolean,
  signal: AbortSignal,
): Promise<Proven> {
  const { name } = model
  if (isCloudName(name)) {
    assertLocalModel(model, allowRemote)
    return { shown: { capabilities: ['completion', 'tools'], isRemote: true, template: '' }, sentAs: name }
  }
  const proven = await show(name, allowRemote ? false : knowsLocal(version), server, signal)
  assertLocalModel({ name, isLocal: !proven.shown.isRemote, remoteHost: proven.shown.remoteHost }, allowRemote)
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
    if (suffix === true && isMissing) assertLocalModel({ name, isLocal: false }, false)
    if (suffix === 'unknown' && (isMissing || failureOf(error)?.status === 400))
      return show(name, false, server, signal)
    throw error
  }
}

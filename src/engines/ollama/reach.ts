import { isError } from '../../errors.ts'
import type { ModelInfo } from '../engine.ts'
import { failureOf } from '../chat/failure.ts'
import { assertLocalModel, isCloudName } from '../locality.ts'
import type { Remembered } from '../chat/remembered.ts'
import { asLocal, knowsLocal } from './local-name.ts'
import type { InstalledModel, LoadedModel, OllamaServer, ShownModel } from './server.ts'

/** What a server says about itself. Nothing of the input is sent for this. */
export type Reached = {
  server: OllamaServer
  version: string
  installed: InstalledModel[]
  loaded: LoadedModel[]
  /** Only the list was asked for: the rest is as the last run found it, and true of these weights alone. */
  recalled?: { digest: string; window: number; shown: ShownModel; remembered: Remembered; until: number }
}

/** What the server knows about a model, and the name to send, which it cannot run elsewhere unless that is allowed. */
export type Proven = { shown: ShownModel; sentAs: string }

/** `listed`: the models, if they were asked for already. */
export async function reach(
  server: OllamaServer,
  signal: AbortSignal,
  listed?: readonly InstalledModel[],
): Promise<Reached> {
  const [version, installed, loaded] = await Promise.all([
    unlessMissing(server.version(signal), 'unknown'),
    listed === undefined ? server.tags(signal) : [...listed],
    unlessMissing(server.ps(signal), []),
  ])
  return { server, version, installed, loaded }
}

/** The loaded model of this name or these weights. Loaded under several names, it is listed under the first. */
export function findLoaded(loaded: readonly LoadedModel[], name: string, digest: string): LoadedModel | undefined {
  return loaded.find((one) => digest !== '' && one.digest === digest) ?? loaded.find((one) => one.name === name)
}

/** True when only part of the model is on the graphics card. With nothing there, the machine has no card to use. */
function isSpilled({ size, sizeVram }: LoadedModel): boolean {
  return sizeVram > 0 && sizeVram < size
}

export function loadedAs(loaded: LoadedModel | undefined): ModelInfo['loaded'] {
  return loaded && { window: loaded.contextLength, spilled: isSpilled(loaded) }
}

/** How the server has this model in memory. Never rejects: the model has answered, and nothing may lose the answer. */
export function lookAt(server: OllamaServer, { name, id }: Pick<ModelInfo, 'name' | 'id'>) {
  return async (signal: AbortSignal): Promise<ModelInfo['loaded']> => {
    return loadedAs(findLoaded(await server.ps(signal).catch(() => []), name, id))
  }
}

/** A run can do without this answer, so a proxy in front of Ollama may refuse the path. */
async function unlessMissing<T>(asked: Promise<T>, fallback: T): Promise<T> {
  return asked.catch((error: unknown) => {
    const status = failureOf(error)?.status ?? 0
    if ([403, 404, 405, 501].includes(status)) return fallback
    throw error
  })
}

/**
 * Throws `remote-refused` for a model that runs elsewhere. Never asks about a cloud name: Ollama would ask the cloud.
 */
export async function prove(
  model: ModelInfo,
  { server, version, recalled }: Pick<Reached, 'server' | 'version' | 'recalled'>,
  allowRemote: boolean,
  signal: AbortSignal,
): Promise<Proven> {
  const { name } = model
  if (isCloudName(name)) {
    assertLocalModel(model, allowRemote)
    return { shown: { capabilities: ['completion', 'tools'], isRemote: true, template: '' }, sentAs: name }
  }
  if (recalled !== undefined) {
    assertLocalModel(model, allowRemote)
    return { shown: recalled.shown, sentAs: asLocal(name) }
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
    // Only listed models are asked about, so the list did not show that this one is a stub of a remote model.
    if (suffix === true && isMissing) assertLocalModel({ name, isLocal: false }, false)
    if (suffix === 'unknown' && (isMissing || failureOf(error)?.status === 400))
      return show(name, false, server, signal)
    throw error
  }
}

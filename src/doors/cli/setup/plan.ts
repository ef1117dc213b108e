import { chooseModel, pickModel } from '../../../engines/choose.ts'
import { bindingInstall } from '../../../engines/embedded/set-up.ts'
import { type Found, findWeights } from '../../../engines/embedded/weights.ts'
import type { EngineKind } from '../../../engines/index.ts'
import { type KnownModel, knownModel, recommend } from '../../../engines/known-models.ts'
import { isError } from '../../../errors.ts'
import type { Present, Scene } from './look.ts'

/** What has to be done until a model answers. */
export type Plan =
  | { how: 'use'; from: Present; model: string; reason: string }
  | { how: 'pull'; from: Present; model: string; known?: KnownModel }
  /** `install`: the arguments of npm, where the engine is not there; `weights`: absent for the tiny model. */
  | { how: 'embed'; from: Present; install?: string[]; weights?: Found }

export type Wish = {
  engine?: EngineKind
  /** A name, a file, or `tiny`. */
  model?: string
  /** Of the configuration, where nothing else is wished for. */
  configured?: string
  allowRemote: boolean
  folder: string
  ollamaFolders: readonly string[]
}

/** Rejects with what keeps the server from being used, where that server was asked for. */
export async function makePlan(scene: Scene, wish: Wish): Promise<Plan> {
  const { server, embedded } = scene
  const { engine, model } = wish
  const isFile = model === 'tiny' || /\.gguf$/i.test(model ?? '')
  if (engine === 'embedded' || (engine === undefined && isFile)) return embed(embedded, wish)
  if (!('fault' in server)) return ofServer(server, scene, wish)
  // Don't ignore a server that is there but can't be used.
  if (engine !== undefined || !isError(server.fault, 'unreachable')) throw server.fault
  if ('fault' in embedded) throw server.fault
  const [first] = embedded.models
  if (model === undefined && first !== undefined)
    return { how: 'use', from: embedded, model: first.name, reason: 'set up before' }
  return embed(embedded, wish)
}

async function embed(from: Scene['embedded'], { model = 'tiny', folder, ollamaFolders }: Wish): Promise<Plan> {
  if ('fault' in from) throw from.fault
  const weights = model === 'tiny' ? undefined : await findWeights(model, ollamaFolders)
  return { how: 'embed', from, install: bindingInstall(folder), weights }
}

function ofServer(from: Present, { machine }: Scene, { model, configured, allowRemote }: Wish): Plan {
  const { engine, models } = from
  try {
    const memory = engine.isThisMachine ? machine.memory : undefined
    const wish = { explicit: model, configured, preferences: [], needsTools: true, allowRemote, engine, models, memory }
    const picked = pickModel(wish)
    return { how: 'use', from, model: picked.model.name, reason: picked.reason }
  } catch (error) {
    if (!isError(error, 'model-missing') || engine.pull === undefined) throw error
    const known = model === undefined ? recommend(engine.isThisMachine ? machine : undefined) : knownModel(model)
    return { how: 'pull', from, model: model ?? known?.name ?? '', known }
  }
}

/** The model that the plan has led to. */
export async function chosenModel({ engine }: Present, model: string, allowRemote: boolean, signal: AbortSignal) {
  const chosen = await chooseModel(engine, { explicit: model, preferences: [], needsTools: true, allowRemote }, signal)
  return chosen.model
}

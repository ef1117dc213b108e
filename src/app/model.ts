import { type Chosen, type ChooseOptions, chooseModel } from '../engines/ollama/choose.ts'
import { connectTo } from '../engines/ollama/connect.ts'
import { parseHost } from '../engines/host.ts'
import type { Model } from '../core/model.ts'
import { preload, type Preload } from '../engines/ollama/preload.ts'
import { type Reached, reach } from '../engines/ollama/reach.ts'
import type { Skill } from '../skills/skill.ts'
import { createStore } from '../store/store.ts'
import type { Emit } from '../core/events.ts'
import { workChars } from './jobs.ts'
import { modelOptions } from './options.ts'
import type { Prepared } from './prepare.ts'
import type { RunRequest } from './request.ts'

/** Asks the server what it has, while the skill is loaded. That carries nothing of the person's. */
export function reachServer({ model, paths }: RunRequest, signal: AbortSignal): Promise<Reached> {
  const ask = async () => {
    const access = { host: parseHost(model?.host), allowRemote: model?.allowRemote ?? false }
    return reach({ ...access, store: createStore(paths.state) }, signal)
  }
  return quiet(ask())
}

/** The model of a run, chosen and being loaded while the work is gathered. */
export type Ahead = Promise<{ chosen: Chosen; loading: Preload | undefined }>

/** Chooses the model and begins to load it. */
export function chooseAhead(
  { request, skill }: Pick<Prepared, 'request' | 'skill'>,
  reached: Promise<Reached>,
  signal: AbortSignal,
): Ahead {
  const choose = async () => {
    const chosen = await chooseModel({ ...chooseOptions(request, skill), reached }, signal)
    return { chosen, loading: preload(chosen, signal) }
  }
  return quiet(choose())
}

/** Whatever is wrong with the work is said first. */
function quiet<T>(asked: Promise<T>): Promise<T> {
  asked.catch(() => undefined)
  return asked
}

type ConnectContext = { emit: Emit; signal: AbortSignal }

/** The model that a prepared run asks. */
export async function connectModel(prepared: Prepared, context: ConnectContext, ahead?: Ahead): Promise<Model> {
  const { request, skill, input } = prepared
  const { chosen, loading } = ahead
    ? await ahead
    : { chosen: await chooseModel(chooseOptions(request, skill), context.signal), loading: undefined }
  const model = connectTo(chosen, workChars(skill, input.gathered), context)
  if (loading?.numCtx !== model.window.numCtx) loading?.cancel()
  return model
}

function chooseOptions(request: RunRequest, skill: Skill): ChooseOptions {
  const { name, host, allowRemote = false, ...wanted } = request.model ?? {}
  return {
    ...wanted,
    ...(name === undefined ? {} : { explicit: name }),
    host: parseHost(host),
    allowRemote,
    preferences: skill.model,
    needsTools: skill.tools.length > 0,
    options: modelOptions({ skill, request }),
    store: createStore(request.paths.state),
  }
}

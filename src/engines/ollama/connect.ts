import { createPrompted } from '../dialect/prompted.ts'
import { createChat } from './persist.ts'
import { chooseModel, type Chosen, type ChooseOptions } from './choose.ts'
import { firstCharsPerToken } from '../../core/estimate.ts'
import { createLearner } from './learn.ts'
import type { ChatContext, Model, ToolCalling } from '../../core/model.ts'
import { chooseWindow, findLoaded, type WindowChoice } from './window.ts'

export type ConnectOptions = ChooseOptions & {
  /** Characters of the largest request that has to be made. */
  workChars: number
}

/** A model, and why it is this one and this window: sentences end after "… because it is …". */
export type Connected = Model & { readonly reason: string; readonly windowReason: string }

/** A model that is there, that is local or allowed, and whose window is fixed; the first request loads it. */
export async function connect(options: ConnectOptions, context: ChatContext): Promise<Connected> {
  return connectTo(await chooseModel(options, context.signal), options.workChars, context)
}

/** The chosen model with the window that work of so many characters needs. */
export function connectTo(chosen: Chosen, workChars: number, { emit }: Pick<ChatContext, 'emit'>): Connected {
  const { options, reached, model, reason, shown, sentAs, remembered, capabilities } = chosen
  const choice = windowFor(chosen, workChars)
  if (options.numCtx !== undefined && choice.numCtx !== options.numCtx) {
    const message = `The window is ${choice.numCtx} tokens instead of ${options.numCtx}: ${choice.reason}`
    emit({ type: 'warning', message })
  }
  const learner = createLearner({
    ...reached,
    model,
    numCtx: choice.numCtx,
    toolCalling: options.needsTools ? startWith(capabilities, remembered.toolCalling) : 'none',
    remembered: { ...remembered, server: reached.version },
    store: options.store,
  })
  const chat = createChat({
    ...options,
    server: reached.server,
    name: model.name,
    sentAs,
    family: shown.family,
    capabilities,
    window: { numCtx: choice.numCtx },
    toolCalling: learner.toolCalling,
    prompted: createPrompted(),
  })
  return learner.watch({ name: model.name, digest: model.digest, reason, windowReason: choice.reason }, chat)
}

function windowFor({ options, reached, model, shown, remembered, memory }: Chosen, workChars: number): WindowChoice {
  const trained = shown.trainedContext ?? model.contextLength
  const loaded = findLoaded(reached.loaded, model.name, model.digest)
  return chooseWindow({
    asked: options.loadedOnly ? loaded?.contextLength : options.numCtx,
    loaded,
    trained: trained === 0 ? undefined : trained,
    modelfile: shown.numCtx,
    workTokens: Math.ceil(workChars / (remembered.charsPerToken ?? firstCharsPerToken)),
    needsTools: options.needsTools,
    spilledAt: remembered.spilledAt,
    size: model.size,
    memory,
  })
}

function startWith(capabilities: readonly string[], remembered: ToolCalling | undefined): ToolCalling {
  return capabilities.includes('tools') ? (remembered ?? 'native') : 'prompted'
}

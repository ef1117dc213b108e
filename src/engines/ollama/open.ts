import { firstCharsPerToken } from '../../core/estimate.ts'
import type { ChatContext, Model, ToolCalling } from '../../core/model.ts'
import { LocalBrainError } from '../../errors.ts'
import { memoryOf } from '../choose.ts'
import { createPrompted } from '../dialect/prompted.ts'
import type { EngineAccess, ModelInfo, OpenOptions } from '../engine.ts'
import { createLearner } from '../chat/learn.ts'
import { createChat } from '../chat/persist.ts'
import type { Remembered } from '../chat/remembered.ts'
import { knownModel } from '../known-models.ts'
import { chooseWindow, type WindowChoice } from '../window.ts'
import { forgetting, lookAndNote } from './recall.ts'
import { lookAt, type Proven, type Reached } from './reach.ts'
import { createWire } from './wire.ts'

/** An installed model that is local or allowed. `remembered`: what earlier runs learnt about it. */
type Opening = Reached &
  Proven & { model: ModelInfo; remembered: Remembered; options: OpenOptions; access: EngineAccess }

/** Opens the model with the window that its work needs. */
export function openModel(opening: Opening, { emit }: Pick<ChatContext, 'emit'>): Model {
  const { server, version, model, shown, sentAs, remembered, options, access } = opening
  const { capabilities } = shown
  if (!capabilities.includes('completion')) {
    throw new LocalBrainError('model-missing', `Model "${model.name}" cannot chat`, { hint: 'local-brain models' })
  }
  const choice = windowFor(opening)
  if (choice.warning !== undefined) emit({ type: 'warning', message: choice.warning })
  if (model.loaded?.window !== choice.window) emit({ type: 'loading' })
  const learner = createLearner({
    look: access.recall ? lookAndNote(opening) : lookAt(server, model),
    model,
    numCtx: choice.window,
    toolCalling: options.needsTools ? startWith(capabilities, remembered.toolCalling) : 'none',
    remembered: { ...remembered, server: version, shown: shown.isRemote ? undefined : shown },
    isNews: remembered.shown === undefined,
    store: access.store,
  })
  const { name } = model
  const chat = createChat({
    wire: createWire({ ...options, server, name, sentAs, family: shown.family, capabilities, numCtx: choice.window }),
    options: options.options,
    window: { numCtx: choice.window },
    toolCalling: learner.toolCalling,
    prompted: createPrompted(),
  })
  return learner.watch(opening.recalled ? forgetting(chat, opening) : chat)
}

function windowFor({ options, model, shown, remembered, access }: Opening): WindowChoice {
  const trained = shown.trainedContext ?? model.trainedWindow
  return chooseWindow({
    asked: options.loadedOnly ? model.loaded?.window : options.window,
    loaded: model.loaded,
    trained: trained === 0 ? undefined : trained,
    modelfile: shown.numCtx,
    workTokens: Math.ceil(options.workBytes / (remembered.charsPerToken ?? firstCharsPerToken)),
    needsTools: options.needsTools,
    spilledAt: remembered.spilledAt,
    size: model.bytes,
    perToken: knownModel(model.name)?.perToken,
    memory: memoryOf(access.host),
  })
}

function startWith(capabilities: readonly string[], remembered: ToolCalling | undefined): ToolCalling {
  return capabilities.includes('tools') ? (remembered ?? 'native') : 'prompted'
}

import type { ChatContext, Model, ToolCalling } from '../../core/model.ts'
import { LocalBrainError } from '../../errors.ts'
import { createLearner } from '../chat/learn.ts'
import { createChat } from '../chat/persist.ts'
import type { Remembered } from '../chat/remembered.ts'
import { createPrompted } from '../dialect/prompted.ts'
import type { EngineAccess, ModelInfo, OpenOptions } from '../engine.ts'
import { minWindow } from '../window.ts'
import type { OpenAiServer } from './server.ts'
import { createWire } from './wire.ts'

type Opening = {
  server: OpenAiServer
  version: string
  model: ModelInfo
  remembered: Remembered
  options: OpenOptions
  access: EngineAccess
}

/** Opens a model with the window that the server has for it, which no request can change. */
export function openModel(opening: Opening, { emit }: Pick<ChatContext, 'emit'>): Model {
  const { server, version, model, remembered, options, access } = opening
  const numCtx = windowFor(opening)
  if (model.loaded === undefined) emit({ type: 'loading' })
  const learner = createLearner({
    look: async () => undefined,
    model,
    numCtx,
    toolCalling: options.needsTools ? startWith(model, remembered.toolCalling) : 'none',
    remembered: { ...remembered, server: version },
    store: access.store,
  })
  const chat = createChat({
    wire: createWire({ ...options, server, name: model.name }),
    options: options.options,
    window: { numCtx },
    // What a person asks for may be less than the server has.
    serverWindow: model.loaded?.window === numCtx ? numCtx : Number.POSITIVE_INFINITY,
    toolCalling: learner.toolCalling,
    prompted: createPrompted(),
  })
  return learner.watch(chat)
}

/** Asked for once: what a person said of a server that says nothing is remembered. */
function windowFor({ model, remembered, options }: Opening): number {
  const told = model.loaded?.window
  const window = options.window ?? (told || remembered.numCtx)
  if (window !== undefined) return Math.max(minWindow, window)
  throw new LocalBrainError('load-failed', `The server does not say how large the window of "${model.name}" is`, {
    hint: 'say it once, as the server was started: --num-ctx 8192',
  })
}

function startWith({ capabilities }: ModelInfo, remembered: ToolCalling | undefined): ToolCalling {
  return capabilities === undefined || capabilities.includes('tools') ? (remembered ?? 'native') : 'prompted'
}

import type { ChatContext, Model } from '../../core/model.ts'
import { chooseModel } from '../../engines/choose.ts'
import type { Engine, ModelInfo, OpenOptions } from '../../engines/engine.ts'
import { canChat } from '../../engines/families.ts'
import { isError } from '../../errors.ts'
import { Refusal } from './refusal.ts'

export type CatalogSettings = {
  engine: Engine
  /** Answers for names that no installed model has. Default: the automatic choice. */
  defaultModel?: string
  /** From the user's configuration. */
  configured?: string
  allowRemote: boolean
  /** A fixed window for every model, in tokens. */
  window?: number
  keepAlive?: OpenOptions['keepAlive']
  /** Aborted when the server stops. A client that leaves must not end what others wait for. */
  signal: AbortSignal
}

type Wish = Pick<OpenOptions, 'options' | 'think' | 'needsTools'>

/** The models that the server offers, each with one window for as long as the server lives. */
export type Catalog = {
  /** The engine with these windows, which nobody can close. */
  engine: Engine
  /** The installed model of this name, else the default model. */
  find(name: string, signal: AbortSignal): Promise<ModelInfo>
  open(info: ModelInfo, wish: Wish, context: ChatContext): Promise<Model>
  /** Those that can chat and may be asked. */
  list(signal: AbortSignal): Promise<ModelInfo[]>
  /** Tokens, once the model was opened. */
  windowOf(info: ModelInfo): number | undefined
}

/** Bytes of a request of a coding agent. The window is chosen to hold it, if the machine can. */
const usualBytes = 90_000

/** Models that were found are looked up again after this time: some may have been installed or removed. */
const freshMs = 10_000

export function createCatalog(settings: CatalogSettings): Catalog {
  const { engine, allowRemote } = settings
  const windows = new Map<string, number>()
  const found = new Map<string, { at: number; info: Promise<ModelInfo> }>()
  const open: Engine['open'] = async (info, options, context) => {
    const window = windows.get(info.name) ?? settings.window ?? options.window
    const model = await engine.open(info, { ...options, window }, context)
    windows.set(info.name, model.window)
    return remembering(model, () => windows.set(info.name, model.window))
  }
  return {
    engine: { ...engine, open, close: () => undefined },
    async find(name, signal) {
      const before = found.get(name)
      if (before !== undefined && Date.now() - before.at < freshMs) return unlessAborted(before.info, signal)
      const info = findModel(name, settings, settings.signal)
      if (found.size > 1000) found.clear()
      found.set(name, { at: Date.now(), info })
      info.catch(() => found.delete(name))
      return unlessAborted(info, signal)
    },
    open: async (info, wish, context) =>
      open(info, { ...wish, workBytes: usualBytes, keepAlive: settings.keepAlive }, context),
    list: async (signal) =>
      (await unlessAborted(engine.list(settings.signal), signal)).filter(
        (model) => canChat(model) && (allowRemote || model.isLocal),
      ),
    windowOf: ({ name }) => windows.get(name) ?? settings.window,
  }
}

async function findModel(name: string, settings: CatalogSettings, signal: AbortSignal): Promise<ModelInfo> {
  const { engine, defaultModel, configured, allowRemote } = settings
  const wish = { preferences: [], configured, needsTools: true, allowRemote }
  if (name !== '') {
    try {
      return (await chooseModel(engine, { ...wish, explicit: name }, signal)).model
    } catch (error) {
      if (!isError(error, 'model-missing')) throw error
    }
  }
  try {
    return (await chooseModel(engine, { ...wish, explicit: defaultModel }, signal)).model
  } catch (error) {
    if (!isError(error, 'model-missing')) throw error
    const { message, hint } = error
    throw new Refusal('unknown-model', `${message} (${hint})`, { param: 'model', cause: error })
  }
}

/** A server may give less of a window than it was asked for, which it says once the model is loaded. */
function remembering(model: Model, note: () => void): Model {
  const chat: Model['chat'] = async (request, context) => {
    try {
      return await model.chat(request, context)
    } finally {
      note()
    }
  }
  return Object.assign(Object.create(model) as Model, { chat })
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', abort)
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

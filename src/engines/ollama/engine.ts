import { LocalBrainError, isError } from '../../errors.ts'
import type { Access, Engine, ModelDetails, ModelInfo } from '../engine.ts'
import { canChat } from '../families.ts'
import { assertOwnMachine } from '../locality.ts'
import { reduceFormat, reduceTool } from './grammar.ts'
import { isCloudName } from './local-name.ts'
import { prove, type Reached, reach as reachServer } from './reach.ts'
import type { InstalledModel, LoadedModel, OllamaServer, ShownModel } from './server.ts'
import { findLoaded, isSpilled } from './loaded.ts'

/** An Ollama server behind the engine's seam. Nothing is sent until a method is called. */
export function createOllama(access: Access): Engine {
  const { host, allowRemote } = access
  // What talks to the server is loaded when there is something to ask: a dry run only renders.
  let server: OllamaServer | undefined
  let reached: Promise<Reached> | undefined
  const ask = async (signal: AbortSignal) => {
    assertOwnMachine(host, allowRemote)
    const { createServer } = await import('./server.ts')
    server ??= createServer({ url: host.url })
    return reachServer(server, signal)
  }
  const reach = (signal: AbortSignal) => (reached ??= ask(signal))

  return {
    name: 'ollama',
    url: host.url,
    isThisMachine: host.isThisMachine,
    version: async (signal) => (await reach(signal)).version,
    async list(signal) {
      reached = undefined
      const { installed, loaded } = await reach(signal)
      return installed.map((model) => infoOf(model, findLoaded(loaded, model.name, model.digest)))
    },
    // A cloud name runs without being pulled.
    unlisted: (name) =>
      isCloudName(name) ? { name, id: '', bytes: 0, isLocal: false, remoteHost: 'ollama.com' } : undefined,
    describe: async (model, signal) => describe(model, await reach(signal), access, signal),
    async open(model, options, context) {
      const known = await reach(context.signal)
      if (options.loadedOnly) assertLoaded(model)
      const [proven, { openModel }, { loadRemembered }] = await Promise.all([
        prove(model, known, allowRemote, context.signal),
        import('./open.ts'),
        import('./remembered.ts'),
      ])
      const remembered = await loadRemembered(access.store, model.id, known.version)
      return openModel({ ...known, ...proven, model, remembered, options, access }, context)
    },
    install: (name) => `ollama pull ${name}`,
    render: ({ tools, format, options, maxTokens, window }) => ({
      tools: tools.map(reduceTool),
      format: format && reduceFormat(format),
      options: { ...options, num_ctx: window, num_predict: maxTokens },
    }),
    close: () => server?.close(),
  }
}

function infoOf(model: InstalledModel, loaded: LoadedModel | undefined): ModelInfo {
  const { name, digest, size, family, parameterSize, capabilities, contextLength, isRemote, remoteHost } = model
  return {
    name,
    id: digest,
    bytes: size,
    family,
    parameterSize,
    capabilities,
    trainedWindow: contextLength,
    // A tag that is itself called `local` cannot be reached on servers that read it as a request to stay here.
    isLocal: !isRemote && !isCloudName(name) && !/:local$/i.test(name),
    remoteHost,
    loaded: loaded && { window: loaded.contextLength, spilled: isSpilled(loaded) },
  }
}

function assertLoaded({ name, loaded }: ModelInfo): void {
  if (loaded !== undefined) return
  throw new LocalBrainError('load-failed', `Model "${name}" is not loaded`, { hint: `ollama run ${name} ""` })
}

async function describe(
  model: ModelInfo,
  reached: Reached,
  { store }: Access,
  signal: AbortSignal,
): Promise<ModelDetails> {
  const { shown, isLocal } = await look(model, reached, signal)
  const capabilities = shown?.capabilities ?? model.capabilities ?? []
  const chats = shown ? capabilities.includes('completion') : canChat(model)
  const { loadRemembered } = await import('./remembered.ts')
  const remembered = await loadRemembered(store, model.id, reached.version)
  const found = capabilities.includes('tools') ? (remembered.toolCalling ?? 'native') : 'prompted'
  return {
    canChat: chats,
    canThink: capabilities.includes('thinking'),
    isLocal,
    toolCalling: chats ? found : 'none',
    trainedWindow: shown?.trainedContext ?? model.trainedWindow,
  }
}

/** One model that cannot be looked at is no reason to hide the others. */
async function look(
  model: ModelInfo,
  reached: Reached,
  signal: AbortSignal,
): Promise<{ shown?: ShownModel; isLocal: boolean }> {
  if (!model.isLocal) return { isLocal: false }
  try {
    return { shown: (await prove(model, reached, false, signal)).shown, isLocal: true }
  } catch (error) {
    if (isError(error, 'remote-refused')) return { isLocal: false }
    if (isError(error, 'model-missing', 'server-failed')) return { isLocal: true }
    throw error
  }
}

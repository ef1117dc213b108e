import { LocalBrainError, isError } from '../../errors.ts'
import { createAsked } from '../asked.ts'
import type { EngineAccess, Engine, ModelDetails, ModelInfo, PullContext } from '../engine.ts'
import { canChat } from '../families.ts'
import { assertOwnMachine, isCloudName, peerRefusal } from '../locality.ts'
import { reduceFormat, reduceTool } from '../chat/grammar.ts'
import { findLoaded, loadedAs, prove, type Reached, reach } from './reach.ts'
import type { InstalledModel, LoadedModel, OllamaServer, ShownModel } from './server.ts'

/** An Ollama server as an engine. Nothing is sent until a method is called. */
export function createOllama(access: EngineAccess): Engine {
  const { host, allowRemote } = access
  // A dry run only renders, so the code that talks to the server is loaded when it is first needed.
  let server: OllamaServer | undefined
  const serverOf = async () => {
    const { createServer } = await import('./server.ts')
    return (server ??= createServer({ url: host.url, refusePeer: peerRefusal(host, allowRemote) }))
  }
  const reached = createAsked(async (signal) => {
    assertOwnMachine(host, allowRemote)
    return reachFrom(await serverOf(), access, signal)
  })

  return {
    name: 'ollama',
    url: host.url,
    isThisMachine: host.isThisMachine,
    load: async () => (await serverOf()).load(),
    version: async (signal) => (await reached.ask(signal)).version,
    async list(signal) {
      const { installed, loaded } = await reached.askAgain(signal)
      return installed.map((model) => infoOf(model, findLoaded(loaded, model.name, model.digest)))
    },
    // The server runs a cloud model even if it was not pulled.
    unlisted: (name) =>
      isCloudName(name) ? { name, id: '', bytes: 0, isLocal: false, remoteHost: 'ollama.com' } : undefined,
    describe: async (model, signal) => describe(model, await reached.ask(signal), access, signal),
    async open(listed, options, context) {
      const { known, model } = await whole(listed, await reached.ask(context.signal), context.signal)
      if (options.loadedOnly) assertLoaded(model)
      const [proven, { openModel }, { loadRemembered }] = await Promise.all([
        prove(model, known, allowRemote, context.signal),
        import('./open.ts'),
        import('../chat/remembered.ts'),
      ])
      const remembered = known.recalled?.remembered ?? (await loadRemembered(access.store, model.id, known.version))
      return openModel({ ...known, ...proven, model, remembered, options, access }, context)
    },
    install: (name) => `ollama pull ${name}`,
    pull: async (name, context) => pull(name, access, context),
    render: ({ tools, format, options, maxTokens, window }) => ({
      tools: tools.map(reduceTool),
      format: format && reduceFormat(format),
      options: { ...options, num_ctx: window, num_predict: maxTokens },
    }),
    close: () => server?.close(),
  }
}

async function reachFrom(server: OllamaServer, access: EngineAccess, signal: AbortSignal): Promise<Reached> {
  if (!access.recall || access.allowRemote) return reach(server, signal)
  const { reachAgain } = await import('./recall.ts')
  const { again, installed } = await reachAgain(server, access.store, signal)
  return again ?? reach(server, signal, installed)
}

async function pull(name: string, { host, allowRemote }: EngineAccess, context: PullContext): Promise<void> {
  assertOwnMachine(host, allowRemote)
  const { pullModel } = await import('./pull.ts')
  await pullModel(name, { url: host.url, refusePeer: peerRefusal(host, allowRemote) }, context)
}

/** Of another model than the last run's, nothing was recalled: all is asked. */
async function whole(model: ModelInfo, known: Reached, signal: AbortSignal) {
  if (known.recalled === undefined || known.recalled.digest === model.id) return { known, model }
  const asked = await reach(known.server, signal, known.installed)
  return { known: asked, model: { ...model, loaded: loadedAs(findLoaded(asked.loaded, model.name, model.id)) } }
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
    // Newer servers read a tag that is itself called `local` as a request to stay here, so it cannot be used.
    isLocal: !isRemote && !isCloudName(name) && !/:local$/i.test(name),
    remoteHost,
    loaded: loadedAs(loaded),
  }
}

function assertLoaded({ name, loaded }: ModelInfo): void {
  if (loaded !== undefined) return
  throw new LocalBrainError('load-failed', `Model "${name}" is not loaded`, { hint: `ollama run ${name} ""` })
}

async function describe(
  model: ModelInfo,
  reached: Reached,
  { store }: EngineAccess,
  signal: AbortSignal,
): Promise<ModelDetails> {
  const { shown, isLocal } = await look(model, reached, signal)
  const capabilities = shown?.capabilities ?? model.capabilities ?? []
  const chats = shown ? capabilities.includes('completion') : canChat(model)
  const { loadRemembered } = await import('../chat/remembered.ts')
  const remembered = await loadRemembered(store, model.id, reached.version)
  const found = capabilities.includes('tools') ? (remembered.toolCalling ?? 'native') : 'prompted'
  return {
    canChat: chats,
    canThink: capabilities.includes('thinking'),
    isLocal,
    toolCalling: chats ? found : 'none',
    isMeasured: chats && remembered.toolCalling !== undefined,
    trainedWindow: shown?.trainedContext ?? model.trainedWindow,
  }
}

/** Shows the model. A failure for this one model is not passed on, so that the others can still be listed. */
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

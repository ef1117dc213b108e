import { LocalBrainError } from '../../errors.ts'
import { reduceFormat, reduceTool } from '../chat/grammar.ts'
import { createAsked } from '../asked.ts'
import type { EngineAccess, Engine, ModelDetails, ModelInfo } from '../engine.ts'
import { canChat } from '../families.ts'
import { assertLocalModel, assertOwnMachine, peerRefusal } from '../locality.ts'
import type { OpenAiServer } from './server.ts'

/** An OpenAI-compatible server as an engine. Nothing is sent until a method is called. */
export function createOpenAi(access: EngineAccess): Engine {
  const { host, allowRemote } = access
  let server: OpenAiServer | undefined
  const connect = async () => {
    const { createServer } = await import('./server.ts')
    const options = { url: host.url, key: usable(access.key), refusePeer: peerRefusal(host, allowRemote) }
    return (server ??= createServer(options))
  }
  const reached = createAsked(async (signal) => {
    assertOwnMachine(host, allowRemote)
    const [connected, { look }] = await Promise.all([connect(), import('./look.ts')])
    return look(connected, host.url, signal)
  })

  return {
    name: 'openai',
    url: host.url,
    isThisMachine: host.isThisMachine,
    load: async () => (await connect()).load(),
    version: async (signal) => (await reached.ask(signal)).version,
    list: async (signal) => (await reached.askAgain(signal)).models,
    unlisted: () => undefined,
    describe: async (model, signal) => describe(model, (await reached.ask(signal)).version, access),
    async open(model, options, context) {
      assertLocalModel(model, allowRemote)
      if (options.loadedOnly) assertLoaded(model)
      const { version } = await reached.ask(context.signal)
      const [{ openModel }, { loadRemembered }] = await Promise.all([
        import('./open.ts'),
        import('../chat/remembered.ts'),
      ])
      const remembered = await loadRemembered(access.store, model.id, version)
      return openModel({ server: await connect(), version, model, remembered, options, access }, context)
    },
    install: (name) => `start the server with "${name}"`,
    render: ({ tools, format, options, maxTokens }) => ({
      tools: tools.map(reduceTool),
      format: format && reduceFormat(format),
      options: { ...options, max_tokens: maxTokens },
    }),
    close: () => server?.close(),
  }
}

/** A key goes into a header. */
function usable(key: string | undefined): string | undefined {
  if (key === undefined || /^[\x21-\x7e]+$/.test(key)) return key
  throw new LocalBrainError('usage', 'LOCAL_BRAIN_API_KEY has characters that no key has', {
    hint: 'set it to the key alone, without blanks or line breaks',
  })
}

function assertLoaded({ name, loaded }: ModelInfo): void {
  if (loaded !== undefined) return
  throw new LocalBrainError('load-failed', `Model "${name}" is not loaded`, { hint: 'load it in the server' })
}

async function describe(model: ModelInfo, version: string, { store }: EngineAccess): Promise<ModelDetails> {
  const { loadRemembered } = await import('../chat/remembered.ts')
  const remembered = await loadRemembered(store, model.id, version)
  const { capabilities } = model
  const hasTools = capabilities === undefined || capabilities.includes('tools')
  return {
    canChat: canChat(model),
    canThink: capabilities?.includes('thinking') ?? false,
    isLocal: model.isLocal,
    toolCalling: canChat(model) ? (hasTools ? (remembered.toolCalling ?? 'native') : 'prompted') : 'none',
    isMeasured: canChat(model) && remembered.toolCalling !== undefined,
    trainedWindow: model.trainedWindow,
  }
}

import { freemem } from 'node:os'
import { firstCharsPerToken } from '../../core/estimate.ts'
import type { ChatContext, Model } from '../../core/model.ts'
import { LocalBrainError } from '../../errors.ts'
import { reduceFormat, reduceTool } from '../chat/grammar.ts'
import { createLearner } from '../chat/learn.ts'
import { createChat } from '../chat/persist.ts'
import { loadRemembered } from '../chat/remembered.ts'
import { createPrompted } from '../dialect/prompted.ts'
import type { Access, Engine, ModelInfo, OpenOptions } from '../engine.ts'
import { chooseWindow } from '../window.ts'
import { listInstalled } from './installed.ts'
import { type Runner, createRunner } from './runner.ts'
import { createWire } from './wire.ts'

/** Where the engine came from, as far as what is remembered of a model depends on it. */
const version = 'node-llama-cpp'

/** llama.cpp in a process of its own, where `setup --engine embedded` has put it. It needs no server. */
export function createEmbedded(access: Access): Engine {
  const { folder = '', store } = access
  const runners = new Set<Runner>()
  const weightsOf = async (name: string) => {
    const found = (await listInstalled(folder)).find(({ info }) => info.name === name)
    if (found !== undefined) return found.weights
    throw new LocalBrainError('model-missing', `Model "${name}" is not set up`, { hint: install(name) })
  }
  return {
    name: 'embedded',
    url: 'the embedded engine',
    isThisMachine: true,
    version: async () => version,
    list: async () => (await listInstalled(folder)).map(({ info }) => info),
    unlisted: () => undefined,
    describe: async (model) => ({ canChat: true, canThink: false, isLocal: model.isLocal, toolCalling: 'prompted' }),
    async open(model, options, context) {
      if (options.loadedOnly) {
        throw new LocalBrainError('load-failed', `Model "${model.name}" is not loaded`, {
          hint: 'run it without a hook',
        })
      }
      assertRoom(model)
      const runner = createRunner(await weightsOf(model.name))
      runners.add(runner)
      return openModel({ runner, model, options, store }, context)
    },
    install,
    render: ({ tools, format, options, maxTokens, window }) => ({
      tools: tools.map(reduceTool),
      format: format && reduceFormat(format),
      options: { ...options, window, maxTokens },
    }),
    close() {
      for (const runner of runners) runner.close()
    },
  }
}

function install(name: string): string {
  return `local-brain setup --engine embedded --model ${name === 'tiny' ? name : '<file.gguf>'}`
}

/** Bytes that everything around the weights needs: the window, the process, what llama.cpp computes with. */
const around = 300e6

/** Half of a model in the swap space would answer nothing in time. */
function assertRoom({ name, bytes }: ModelInfo): void {
  const { availableMemory } = process as { availableMemory?: () => number }
  const free = availableMemory?.call(process) ?? freemem()
  // guard: embedded-memory
  if (bytes + around <= free) return
  const [needed, there] = [bytes + around, free].map((size) => `${(size / 1e9).toFixed(1)} GB`)
  throw new LocalBrainError('load-failed', `Model "${name}" needs ${needed} of memory, and ${there} are free`, {
    hint: 'end something else, or choose a smaller one: local-brain setup --engine embedded --model tiny',
  })
}

type Opening = { runner: Runner; model: ModelInfo; options: OpenOptions; store: Access['store'] }

async function openModel({ runner, model, options, store }: Opening, { signal, emit }: ChatContext): Promise<Model> {
  emit({ type: 'loading' })
  const remembered = await loadRemembered(store, model.id, version)
  const trained = await runner.load(signal)
  const { window: numCtx } = chooseWindow({
    asked: options.window,
    trained: trained || undefined,
    workTokens: Math.ceil(options.workBytes / (remembered.charsPerToken ?? firstCharsPerToken)),
    needsTools: options.needsTools,
    size: model.bytes,
  })
  await runner.open(numCtx, signal)
  const learner = createLearner({
    look: async () => undefined,
    model,
    numCtx,
    toolCalling: options.needsTools ? 'prompted' : 'none',
    remembered: { ...remembered, server: version },
    store,
  })
  const chat = createChat({
    wire: createWire({ runner, options: options.options }),
    options: options.options,
    window: { numCtx },
    toolCalling: learner.toolCalling,
    prompted: createPrompted(),
  })
  return learner.watch(chat)
}

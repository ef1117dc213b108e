import { firstCharsPerToken } from '../../core/estimate.ts'
import type { ChatContext, Model } from '../../core/model.ts'
import { LocalBrainError } from '../../errors.ts'
import { reduceFormat, reduceTool } from '../chat/grammar.ts'
import { createLearner } from '../chat/learn.ts'
import { createChat } from '../chat/persist.ts'
import { loadRemembered } from '../chat/remembered.ts'
import { createPrompted } from '../dialect/prompted.ts'
import type { EngineAccess, Engine, ModelInfo, OpenOptions } from '../engine.ts'
import { knownModel } from '../known-models.ts'
import { freeMemory } from '../machine.ts'
import { neededBytes, sizeText } from '../memory.ts'
import { chooseWindow } from '../window.ts'
import { assertCanRun } from './can-run.ts'
import { listInstalled } from './installed.ts'
import { type Runner, createRunner } from './runner.ts'
import { createWire } from './wire.ts'

/** Where the engine came from, as far as what is remembered of a model depends on it. */
const version = 'node-llama-cpp'

const tinyWarning = 'the tiny model proves that everything runs; what it says about code is worth nothing'

/** llama.cpp in a process of its own, where `setup --engine embedded` has put it. It needs no server. */
export function createEmbedded(access: EngineAccess): Engine {
  const { folder = '', store } = access
  const runners = new Map<string, Runner>()
  const list = async () => {
    assertCanRun()
    return listInstalled(folder)
  }
  const weightsOf = async (name: string) => {
    const found = (await list()).find(({ info }) => info.name === name)
    if (found !== undefined) return found.weights
    throw new LocalBrainError('model-missing', `Model "${name}" is not set up`, { hint: install(name) })
  }
  return {
    name: 'embedded',
    url: 'the embedded engine',
    isThisMachine: true,
    version: async () => version,
    list: async () => (await list()).map(({ info }) => info),
    unlisted: () => undefined,
    describe: async (model) => ({ canChat: true, canThink: false, isLocal: model.isLocal, toolCalling: 'prompted' }),
    async open(model, options, context) {
      if (options.loadedOnly) {
        throw new LocalBrainError('load-failed', `Model "${model.name}" is not loaded`, {
          hint: 'run it without a hook',
        })
      }
      const weights = await weightsOf(model.name)
      // Weights are read once, however often the model is opened.
      const runner = runners.get(weights.file) ?? createRunner(weights)
      runners.set(weights.file, runner)
      return openModel({ runner, model, options, store }, context)
    },
    install,
    first: 'local-brain setup --engine embedded',
    render: ({ tools, format, options, maxTokens, window }) => ({
      tools: tools.map(reduceTool),
      format: format && reduceFormat(format),
      options: { ...options, window, maxTokens },
    }),
    close() {
      for (const runner of runners.values()) runner.close()
    },
  }
}

function install(name: string): string {
  return `local-brain setup --engine embedded --model ${name === 'tiny' ? name : '<file.gguf>'}`
}

/** Bytes that the process and what llama.cpp computes with need besides weights and window. */
const around = 300e6
const minWindow = 4096

/** What the model may take. Half of a model in the swap space would answer nothing in time. */
function roomFor({ name, bytes }: ModelInfo): number {
  const free = freeMemory()
  const needed = neededBytes({ bytes, perToken: knownModel(name)?.perToken }, minWindow) + around
  // guard: embedded-memory
  if (needed <= free) return free - around
  const sizes = `needs ${sizeText(needed)} of memory, and ${sizeText(free)} are free`
  throw new LocalBrainError('load-failed', `Model "${name}" ${sizes}`, {
    hint: 'end something else, or choose a smaller one: local-brain setup --engine embedded --model tiny',
  })
}

type Opening = { runner: Runner; model: ModelInfo; options: OpenOptions; store: EngineAccess['store'] }

async function openModel({ runner, model, options, store }: Opening, { signal, emit }: ChatContext): Promise<Model> {
  if (model.name === 'tiny') emit({ type: 'warning', message: tinyWarning })
  const remembered = await loadRemembered(store, model.id, version)
  const memory = runner.window === 0 ? roomFor(model) : freeMemory()
  if (runner.window === 0) emit({ type: 'loading' })
  const trained = await runner.load(signal)
  const { window: numCtx, warning } = chooseWindow({
    asked: options.window,
    loaded: runner.window === 0 ? undefined : { window: runner.window, spilled: false },
    trained: trained || undefined,
    workTokens: Math.ceil(options.workBytes / (remembered.charsPerToken ?? firstCharsPerToken)),
    needsTools: options.needsTools,
    size: model.bytes,
    perToken: knownModel(model.name)?.perToken,
    memory,
  })
  if (warning !== undefined) emit({ type: 'warning', message: warning })
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

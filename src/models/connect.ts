import { totalmem } from 'node:os'
import { LocalBrainError } from '../errors.ts'
import { firstCharsPerToken } from './estimate.ts'
import { createLearner } from './learn.ts'
import { assertLocalName, assertOwnMachine } from './locality.ts'
import type { ChatContext, Model, ToolCalling } from './model.ts'
import { createChat } from './chat/persist.ts'
import { pickModel } from './choice/pick.ts'
import { createPrompted } from './calls/prompted.ts'
import type { InstalledModel, ShownModel } from './wire/ollama.ts'
import { type Access, capabilitiesOf, prove, type Reached, reach } from './reach.ts'
import { loadRemembered, type Remembered } from './remembered.ts'
import type { Think } from './chat/thinking.ts'
import { chooseWindow, findLoaded, type WindowChoice } from './window.ts'

export type ConnectOptions = Access & {
  /** `--model` or LOCAL_BRAIN_MODEL. */
  explicit?: string
  /** The skill's list, best first. */
  preferences: readonly string[]
  /** From the user's configuration. */
  configured?: string
  /** False: the run offers no tools, and `toolCalling` is `none`. */
  needsTools: boolean
  /** `--num-ctx`. */
  numCtx?: number
  /** Model options but the window and the length of the reply. */
  options: Readonly<Record<string, unknown>>
  think?: Think
  keepAlive?: string | number
  /** Characters of the largest request that has to be made. */
  workChars: number
  /** What the server says of itself, asked for already. */
  reached?: Promise<Reached>
  /** Only a model that is in memory, with the window it has there: nothing may be loaded for this. */
  loadedOnly?: boolean
}

/** A model, and why it is this one and this window: sentences end after "… because it is …". */
export type Connected = Model & { readonly reason: string; readonly windowReason: string }

/**
 * A model that is there, that is local or allowed, and whose window is fixed. Two rounds of questions to the server, none
 * of which carries a byte of the prompt; the model itself is loaded by the first request.
 */
export async function connect(options: ConnectOptions, context: ChatContext): Promise<Connected> {
  const { host, allowRemote, explicit, store, needsTools } = options
  assertOwnMachine(host, allowRemote)
  if (explicit !== undefined) assertLocalName(explicit, allowRemote)
  const reached = await (options.reached ?? reach(options, reachSignal(options, context.signal)))
  const memory = host.isThisMachine ? totalmem() : undefined
  const { model, reason } = pickModel({ ...options, ...reached, memory })
  if (options.loadedOnly) assertLoaded(model, reached)
  const [{ shown, sentAs }, remembered] = await Promise.all([
    prove(model.name, reached, allowRemote, context.signal),
    loadRemembered(store, model.digest, reached.version),
  ])
  const capabilities = capabilitiesOf(shown)
  if (!capabilities.includes('completion')) {
    throw new LocalBrainError('model-missing', `Model "${model.name}" cannot chat`, { hint: 'local-brain models' })
  }
  const choice = windowFor(options, { reached, model, shown, remembered, memory })
  if (options.numCtx !== undefined && choice.numCtx !== options.numCtx) {
    const message = `The window is ${choice.numCtx} tokens instead of ${options.numCtx}: ${choice.reason}`
    context.emit({ type: 'warning', message })
  }
  const learner = createLearner({
    ...reached,
    model,
    numCtx: choice.numCtx,
    toolCalling: needsTools ? startWith(capabilities, remembered.toolCalling) : 'none',
    remembered: { ...remembered, server: reached.version },
    store,
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

type Known = {
  reached: Reached
  model: InstalledModel
  shown: ShownModel
  remembered: Remembered
  memory: number | undefined
}

function windowFor(options: ConnectOptions, { reached, model, shown, remembered, memory }: Known): WindowChoice {
  const trained = shown.trainedContext ?? model.contextLength
  const loaded = findLoaded(reached.loaded, model.name, model.digest)
  return chooseWindow({
    asked: options.loadedOnly ? loaded?.contextLength : options.numCtx,
    loaded,
    trained: trained === 0 ? undefined : trained,
    modelfile: shown.numCtx,
    workTokens: Math.ceil(options.workChars / (remembered.charsPerToken ?? firstCharsPerToken)),
    needsTools: options.needsTools,
    spilledAt: remembered.spilledAt,
    size: model.size,
    memory,
  })
}

/** Who waits for no model waits for no server either: one that is there answers such questions at once. */
function reachSignal({ loadedOnly, host }: ConnectOptions, signal: AbortSignal): AbortSignal {
  if (!loadedOnly) return signal
  const late = new AbortController()
  const reason = new LocalBrainError('unreachable', `Ollama at ${host.url} does not answer`, { hint: 'ollama ps' })
  setTimeout(() => late.abort(reason), quickAnswerMs).unref()
  return AbortSignal.any([signal, late.signal])
}

const quickAnswerMs = 2000

function assertLoaded({ name, digest }: InstalledModel, { loaded }: Reached): void {
  if (findLoaded(loaded, name, digest) !== undefined) return
  throw new LocalBrainError('load-failed', `Model "${name}" is not loaded`, { hint: `ollama run ${name} ""` })
}

function startWith(capabilities: readonly string[], remembered: ToolCalling | undefined): ToolCalling {
  return capabilities.includes('tools') ? (remembered ?? 'native') : 'prompted'
}

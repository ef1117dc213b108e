import { totalmem } from 'node:os'
import { LocalBrainError } from '../../errors.ts'
import type { Think } from '../dialect/thinking.ts'
import { pickModel } from '../pick.ts'
import { assertLocalName, assertOwnMachine } from '../locality.ts'
import { type Access, capabilitiesOf, prove, type Proven, reach, type Reached } from './reach.ts'
import { loadRemembered, type Remembered } from './remembered.ts'
import { findLoaded } from './window.ts'
import type { InstalledModel } from './ollama.ts'

export type ChooseOptions = Access & {
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
  /** What the server says of itself, asked for already. */
  reached?: Promise<Reached>
  /** Only a model that is in memory, with the window it has there: nothing may be loaded for this. */
  loadedOnly?: boolean
}

/** A model that is there, and local or allowed. Its window is still open: the work decides it. */
export type Chosen = Proven & {
  options: ChooseOptions
  reached: Reached
  model: InstalledModel
  /** Completes "… because it is …". */
  reason: string
  remembered: Remembered
  capabilities: readonly string[]
  /** Bytes of this machine, where the server runs on it. */
  memory: number | undefined
}

/** Two rounds of questions to the server, none of which carries a byte of the prompt. */
export async function chooseModel(options: ChooseOptions, signal: AbortSignal): Promise<Chosen> {
  const { host, allowRemote, explicit, store } = options
  assertOwnMachine(host, allowRemote)
  if (explicit !== undefined) assertLocalName(explicit, allowRemote)
  const reached = await (options.reached ?? reach(options, reachSignal(options, signal)))
  const memory = host.isThisMachine ? totalmem() : undefined
  const { model, reason } = pickModel({ ...options, ...reached, memory })
  if (options.loadedOnly) assertLoaded(model, reached)
  const [proven, remembered] = await Promise.all([
    prove(model.name, reached, allowRemote, signal),
    loadRemembered(store, model.digest, reached.version),
  ])
  const capabilities = capabilitiesOf(proven.shown)
  if (!capabilities.includes('completion')) {
    throw new LocalBrainError('model-missing', `Model "${model.name}" cannot chat`, { hint: 'local-brain models' })
  }
  return { ...proven, options, reached, model, reason, remembered, capabilities, memory }
}

/** Who waits for no model waits for no server either: one that is there answers such questions at once. */
function reachSignal({ loadedOnly, host }: ChooseOptions, signal: AbortSignal): AbortSignal {
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

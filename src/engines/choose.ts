import { LocalBrainError } from '../errors.ts'
import { editDistance } from '../text/distance.ts'
import type { Engine, ModelInfo } from './engine.ts'
import { canChat, toolSkill } from './families.ts'
import { knownModel, recommend } from './known-models.ts'
import { assertLocalModel, withoutLocal } from './locality.ts'
import { ownMemory } from './machine.ts'
import { fitsMemory } from './memory.ts'

/** What a run requires of its model. */
export type ModelWish = {
  /** `--model` or LOCAL_BRAIN_MODEL: this model or none. */
  explicit?: string
  /** The skill's list, best first. */
  preferences: readonly string[]
  /** The default in the user's configuration. */
  configured?: string
  needsTools: boolean
  allowRemote: boolean
  /** Only a model that is already in memory. */
  loadedOnly?: boolean
}

/** The wish and the models to choose from. */
export type Choice = ModelWish & {
  engine: Pick<Engine, 'unlisted' | 'install' | 'first' | 'pull'>
  models: readonly ModelInfo[]
  /** Bytes of memory, when the engine runs on this machine. */
  memory?: number
}

/** `reason` completes "… because it is …". */
export type Chosen = { model: ModelInfo; reason: string }

/** Lists the engine's models and picks one. A cloud model that is not allowed is refused before the engine is asked. */
export async function chooseModel(engine: Engine, wish: ModelWish, signal: AbortSignal): Promise<Chosen> {
  const { explicit, allowRemote } = wish
  const unlisted = explicit === undefined ? undefined : engine.unlisted(explicit)
  if (unlisted !== undefined) assertLocalModel(unlisted, allowRemote)
  const models = await engine.list(wish.loadedOnly ? soon(engine, signal) : signal)
  return pickModel({ ...wish, engine, models, memory: memoryOf(engine) })
}

const quickAnswerMs = 2000

/** When no model may be loaded, don't wait for the server either: a running one lists its models at once. */
function soon({ url }: Engine, signal: AbortSignal): AbortSignal {
  const late = new AbortController()
  const reason = new LocalBrainError('unreachable', `${url} does not answer`, { hint: 'local-brain doctor' })
  setTimeout(() => late.abort(reason), quickAnswerMs).unref()
  return AbortSignal.any([signal, late.signal])
}

/** Bytes of this machine's memory, if the engine runs here. */
export function memoryOf({ isThisMachine }: Pick<Engine, 'isThisMachine'>): number | undefined {
  return isThisMachine ? ownMemory() : undefined
}

/** Picks the model of a run. Throws `model-missing` or, for a named model that runs elsewhere, `remote-refused`. */
export function pickModel(wish: Choice): Chosen {
  const { explicit, preferences, configured, models } = wish
  if (explicit !== undefined) return { model: named(explicit, wish), reason: 'asked for' }
  const usable = models.filter((model) => canChat(model) && model.isLocal)
  for (const preference of preferences) {
    const model = matching(preference, usable, wish)
    if (model) return { model, reason: `the skill's choice "${preference}"` }
  }
  const own = configured === undefined ? undefined : matching(configured, usable, wish)
  if (own) return { model: own, reason: 'set in the configuration' }
  return best(usable, wish)
}

function named(wanted: string, { engine, models, allowRemote }: Choice): ModelInfo {
  const model = sameName(wanted, models) ?? engine.unlisted(wanted)
  if (model === undefined)
    throw notInstalled(
      wanted,
      models.filter((one) => canChat(one) && (allowRemote || one.isLocal)),
      engine,
    )
  assertLocalModel({ ...model, name: wanted }, allowRemote)
  if (canChat(model)) return model
  throw new LocalBrainError('model-missing', `Model "${wanted}" makes embeddings and cannot chat`, {
    hint: firstModel(engine),
  })
}

function notInstalled(wanted: string, others: readonly ModelInfo[], engine: Choice['engine']): LocalBrainError {
  const name = withoutLocal(wanted)
  const install = engine.install(name)
  const close = closeNames(
    name,
    others.map((model) => model.name),
  )
  const hint = close.length === 0 ? install : `did you mean ${close.join(' or ')}? or: ${install}`
  return new LocalBrainError('model-missing', `Model "${name}" is not installed`, { hint })
}

/** The model of this name by Ollama's rules: no tag means `latest`, and case does not matter. */
function sameName(wanted: string, models: readonly ModelInfo[]): ModelInfo | undefined {
  const name = withoutLocal(wanted).toLowerCase()
  const tagged = name.slice(name.lastIndexOf('/') + 1).includes(':') ? name : `${name}:latest`
  return models.find((model) => [name, tagged].includes(model.name.toLowerCase()))
}

/** A name in a list may also be a family: then any tag will do. */
function matching(wanted: string, usable: readonly ModelInfo[], wish: Choice): ModelInfo | undefined {
  const same = sameName(wanted, usable)
  if (same || wanted.includes(':')) return same
  const family = usable.filter(({ name }) => name.toLowerCase().split(':')[0] === wanted.trim().toLowerCase())
  return ranked(family, wish)[0]
}

function best(usable: readonly ModelInfo[], wish: Choice): Chosen {
  const [model] = ranked(usable, wish)
  if (!model) {
    const message = wish.models.length === 0 ? 'No model is installed' : 'No installed model can chat on this machine'
    throw new LocalBrainError('model-missing', message, { hint: firstModel(wish.engine) })
  }
  return { model, reason: reasonFor(model, wish, usable.length) }
}

/** Best first: models that fit in memory, then those good with tools, then those loaded, then larger ones. */
function ranked(models: readonly ModelInfo[], wish: Choice): ModelInfo[] {
  const rows = models.map((model) => ({
    model,
    fits: fits(model, wish) ? 1 : 0,
    tools: wish.needsTools && model.capabilities?.includes('tools') ? 1 : 0,
    skill: toolSkill(model),
    loaded: model.loaded === undefined ? 0 : 1,
  }))
  rows.sort(
    (a, b) =>
      b.fits - a.fits ||
      // When none fits, the smallest hurts least.
      (a.fits === 0 ? a.model.bytes - b.model.bytes : 0) ||
      b.skill - a.skill ||
      b.tools - a.tools ||
      b.loaded - a.loaded ||
      b.model.bytes - a.model.bytes ||
      (a.model.name < b.model.name ? -1 : 1),
  )
  return rows.map(({ model }) => model)
}

function fits({ name, loaded, bytes }: ModelInfo, { memory }: Choice): boolean {
  if (loaded !== undefined) return !loaded.spilled
  return fitsMemory({ bytes, perToken: knownModel(name)?.perToken }, memory)
}

function reasonFor(model: ModelInfo, wish: Choice, choices: number): string {
  if (choices === 1) return 'the only installed model that can chat'
  if (!fits(model, wish)) return 'the smallest one, since none fits in memory'
  const withTools = [
    'weak with tools, but the best that fits',
    'the largest that fits',
    'fairly good with tools',
    'good with tools',
  ]
  const without = ['the best that fits', 'the largest that fits', 'from a good family', 'from the best family']
  const what = (wish.needsTools ? withTools : without)[toolSkill(model)]
  return `${what}${model.loaded ? ' and already loaded' : ''}`
}

/** How to get a first model: `setup` knows this machine, and pulls what it recommends. */
export function firstModel(engine: Choice['engine']): string {
  return engine.pull === undefined ? (engine.first ?? engine.install(recommend().name)) : 'local-brain setup'
}

/** At most three known names that `wanted` may mean, nearest first: a few letters off, or another tag of the family. */
function closeNames(wanted: string, known: readonly string[]): string[] {
  const name = wanted.toLowerCase().slice(0, 64)
  const family = baseOf(name)
  return known
    .map((candidate) => {
      const other = candidate.toLowerCase().slice(0, 64)
      const letters = Math.min(editDistance(name, other), editDistance(family, baseOf(other)))
      return { candidate, letters, whole: editDistance(name, other) }
    })
    .filter(({ letters }) => letters <= Math.max(1, Math.floor(family.length / 3)))
    .sort((a, b) => a.letters - b.letters || a.whole - b.whole)
    .slice(0, 3)
    .map(({ candidate }) => candidate)
}

function baseOf(name: string): string {
  return name.split(':')[0] ?? name
}

import { LocalBrainError } from '../errors.ts'
import { closeNames } from '../text/distance.ts'
import { canChat, isLocal, toolSkill } from './families.ts'
import { assertLocalModel, assertLocalName, isCloudName, withoutLocal } from './locality.ts'
import type { InstalledModel, LoadedModel } from './ollama/ollama.ts'
import { findLoaded, isSpilled } from './ollama/window.ts'
import { modelMissing } from './ollama/wire-error.ts'

export type PickWish = {
  /** `--model` or LOCAL_BRAIN_MODEL: this one or none. */
  explicit?: string
  /** The skill's list, best first. */
  preferences: readonly string[]
  /** The user's own default. */
  configured?: string
  needsTools: boolean
  allowRemote: boolean
  installed: readonly InstalledModel[]
  loaded: readonly LoadedModel[]
  /** Bytes of the machine that the server runs on, when that is this one. */
  memory?: number
}

/** `reason` completes "… because it is …". */
export type Picked = { model: InstalledModel; reason: string }

/** Weights, window and everything else that runs: a model may take this part of the memory. */
const memoryShare = 0.6

/** The model of a run. Throws `model-missing` when there is none, `remote-refused` when the named one is elsewhere. */
export function pickModel(wish: PickWish): Picked {
  const { explicit, preferences, configured, installed } = wish
  if (explicit !== undefined) return { model: named(explicit, wish), reason: 'asked for' }
  const usable = installed.filter((model) => canChat(model) && isLocal(model))
  for (const preference of preferences) {
    const model = matching(preference, usable, wish)
    if (model) return { model, reason: `the skill's choice "${preference}"` }
  }
  const own = configured === undefined ? undefined : matching(configured, usable, wish)
  if (own) return { model: own, reason: 'set in the configuration' }
  return best(usable, wish)
}

function named(wanted: string, { installed, allowRemote }: PickWish): InstalledModel {
  assertLocalName(wanted, allowRemote)
  const model = sameName(wanted, installed)
  if (model) {
    assertLocalModel(wanted, model, allowRemote)
    if (canChat(model)) return model
    throw new LocalBrainError('model-missing', `Model "${wanted}" makes embeddings and cannot chat`, {
      hint: pullHint(),
    })
  }
  // A cloud name runs without being pulled.
  if (isCloudName(wanted)) return { name: wanted, digest: '', size: 0, isRemote: true }
  const others = installed.filter((one) => canChat(one) && (allowRemote || isLocal(one))).map(({ name }) => name)
  throw modelMissing(withoutLocal(wanted), closeNames(withoutLocal(wanted), others))
}

/** The same model by Ollama's rules: no tag means `latest`, and letters count without their case. */
function sameName(wanted: string, installed: readonly InstalledModel[]): InstalledModel | undefined {
  const name = withoutLocal(wanted).toLowerCase()
  const tagged = name.slice(name.lastIndexOf('/') + 1).includes(':') ? name : `${name}:latest`
  return installed.find((model) => [name, tagged].includes(model.name.toLowerCase()))
}

/** A name of a list may also be a family, of which any tag will do. */
function matching(wanted: string, usable: readonly InstalledModel[], wish: PickWish): InstalledModel | undefined {
  const same = sameName(wanted, usable)
  if (same || wanted.includes(':')) return same
  const family = usable.filter(({ name }) => name.toLowerCase().split(':')[0] === wanted.trim().toLowerCase())
  return ranked(family, wish)[0]
}

function best(usable: readonly InstalledModel[], wish: PickWish): Picked {
  const [model] = ranked(usable, wish)
  if (!model) {
    const message =
      wish.installed.length === 0 ? 'No model is installed' : 'No installed model can chat on this machine'
    throw new LocalBrainError('model-missing', message, { hint: pullHint(wish.memory) })
  }
  return { model, reason: reasonFor(model, wish, usable.length) }
}

/** What fits, then what is good with tools, then what needs no loading, then what is larger. */
function ranked(models: readonly InstalledModel[], wish: PickWish): InstalledModel[] {
  const isLoaded = (model: InstalledModel) => findLoaded(wish.loaded, model.name, model.digest) !== undefined
  const rows = models.map((model) => ({
    model,
    fits: fitsMemory(model, wish) ? 1 : 0,
    tools: wish.needsTools && model.capabilities?.includes('tools') ? 1 : 0,
    skill: toolSkill(model),
    loaded: isLoaded(model) ? 1 : 0,
  }))
  rows.sort(
    (a, b) =>
      b.fits - a.fits ||
      // Of what does not fit, the smallest hurts least.
      (a.fits === 0 ? a.model.size - b.model.size : 0) ||
      b.skill - a.skill ||
      b.tools - a.tools ||
      b.loaded - a.loaded ||
      b.model.size - a.model.size ||
      (a.model.name < b.model.name ? -1 : 1),
  )
  return rows.map(({ model }) => model)
}

function fitsMemory(model: InstalledModel, { loaded, memory = Number.POSITIVE_INFINITY }: PickWish): boolean {
  const runner = findLoaded(loaded, model.name, model.digest)
  return runner === undefined ? model.size <= memory * memoryShare : !isSpilled(runner)
}

function reasonFor(model: InstalledModel, wish: PickWish, choices: number): string {
  if (choices === 1) return 'the only installed model that can chat'
  if (!fitsMemory(model, wish)) return 'the smallest one, since none fits in memory'
  const skill = [
    'weak with tools, but all there is',
    'the largest that fits',
    'fairly good with tools',
    'good with tools',
  ]
  const isLoaded = findLoaded(wish.loaded, model.name, model.digest) !== undefined
  return `${skill[toolSkill(model)]}${isLoaded ? ' and loaded already' : ''}`
}

function pullHint(memory = Number.POSITIVE_INFINITY): string {
  return `ollama pull ${memory < 24e9 ? 'qwen3:8b' : 'qwen3.5'}`
}

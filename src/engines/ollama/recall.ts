import { shapeOf } from '../../core/fits.ts'
import type { Model } from '../../core/model.ts'
import type { Store } from '../../store/store.ts'
import { sha256 } from '../../text/hash.ts'
import { loadRemembered } from '../chat/remembered.ts'
import type { EngineAccess, ModelInfo, OpenOptions } from '../engine.ts'
import { asLocal, knowsLocal } from './local-name.ts'
import { lookAt, type Reached } from './reach.ts'
import { defaultKeepAlive, type InstalledModel, type OllamaServer } from './server.ts'

/** What a server was like when a run was last answered. */
type Visit = {
  /** The version of the server, which knows `:local`. */
  version: string
  /** The weights that answered. */
  digest: string
  /** Tokens of the window that it gave them. */
  window: number
  /** When the server lets go of them, in milliseconds since the epoch. */
  until: number
}

const visitShape = shapeOf<Visit>({
  type: 'object',
  properties: {
    version: { type: 'string' },
    digest: { type: 'string' },
    window: { type: 'number' },
    until: { type: 'number' },
  },
  required: ['version', 'digest', 'window', 'until'],
})

const nameOf = (url: string) => `servers/${sha256(url).slice(0, 16)}`

/**
 * Soon after another run, the list of models is all that has to be asked: a digest that is still there means the
 * same weights, settings and abilities, and is in memory as it was. Whatever is missing from that picture, the other
 * questions are asked as well. What is sent is the name with `:local`, which the server runs here or not at all.
 */
export async function reachAgain(
  server: OllamaServer,
  store: Store,
  signal: AbortSignal,
): Promise<{ again?: Reached; installed?: InstalledModel[] }> {
  const visit = await store.load(nameOf(server.url), visitShape)
  if (visit === undefined || visit.until < Date.now() || knowsLocal(visit.version) !== true) return {}
  const remembered = await loadRemembered(store, visit.digest, visit.version)
  const { shown, spilledAt } = remembered
  if (shown === undefined) return {}
  const installed = await server.tags(signal)
  // guard: recalled-model
  const model = installed.find(({ digest }) => digest === visit.digest)
  // To an older server, which may have taken the place of this one, `:local` is a tag like any other.
  const isAmbiguous = installed.some(({ name }) => /:local$/i.test(name))
  if (model === undefined || model.isRemote || isAmbiguous) return { installed }
  const { name, digest, size } = model
  const { window, until } = visit
  const sizeVram = spilledAt !== undefined && window >= spilledAt ? Math.ceil(size / 2) : size
  const loaded = [{ name, digest, size, sizeVram, contextLength: window }]
  const recalled = { digest, window, until, shown: { ...shown, isRemote: false, template: '' }, remembered }
  return { again: { server, version: visit.version, installed, loaded, recalled } }
}

type Noting = Reached & {
  sentAs: string
  model: ModelInfo
  options: Pick<OpenOptions, 'keepAlive'>
  access: EngineAccess
}

/**
 * Looks at the model as `lookAt` does, and notes what the next run may recall. After a run that recalled it, the version
 * is asked for as well: the server may be another one by now.
 */
export function lookAndNote({ server, version, recalled, sentAs, model, options, access }: Noting) {
  const look = lookAt(server, model)
  return async (signal: AbortSignal): Promise<ModelInfo['loaded']> => {
    const asked = recalled === undefined ? version : server.version(signal).catch(() => '')
    const [loaded, now] = await Promise.all([look(signal), asked])
    if (loaded !== undefined && loaded.window > 0 && sentAs === asLocal(model.name)) {
      const until = Date.now() + keptFor(options.keepAlive)
      // Where it is noted a little too early, a run at that time asks more than it has to.
      const later = until - (recalled?.until ?? 0)
      const isSame = now === version && loaded.window === recalled?.window
      if (isSame && later >= 0 && later < minLater) return loaded
      await access.store.save(nameOf(server.url), {
        version: now,
        digest: model.id,
        window: loaded.window,
        until,
      } satisfies Visit)
    }
    return loaded
  }
}

/** A chat after which nothing is recalled if it fails: the server may be another one, which does not know the name. */
export function forgetting(chat: Model['chat'], { server, access }: Pick<Noting, 'server' | 'access'>): Model['chat'] {
  return async (request, context) => {
    try {
      return await chat(request, context)
    } catch (error) {
      await access.store.save(nameOf(server.url), {})
      throw error
    }
  }
}

const minute = 60_000
/** Milliseconds; a smaller change of the time until which a model is kept is not worth writing a file. */
const minLater = minute / 2
/** Ollama's own default is five minutes, ours `defaultKeepAlive`; past this, what is in memory is asked for. */
const maxKept = 10 * minute
const units: Readonly<Record<string, number>> = { s: 1000, m: minute, h: 60 * minute }

/** Milliseconds for which a model stays in memory, with units finer than a second left out. */
function keptFor(keepAlive: string | number = defaultKeepAlive): number {
  const parts = [...String(keepAlive).matchAll(/([\d.]+)([smh])(?!s)/g)]
  const kept = typeof keepAlive === 'number' ? keepAlive * 1000 : sum(parts)
  return String(keepAlive).startsWith('-') ? maxKept : Math.min(maxKept, kept)
}

function sum(parts: readonly RegExpMatchArray[]): number {
  return parts.reduce((total, [, count, unit = '']) => total + Number(count) * (units[unit] ?? 0), 0)
}

import { type Hold, waitAt } from './hold.ts'
import { keepAliveUntil } from './keep-alive.ts'
import type { ModelSpec } from './model-spec.ts'

/** A model in memory. */
export type Runner = {
  model: ModelSpec
  numCtx: number
  expiresAt: number
  /** The last prompt, which the prefix cache still holds. */
  cached: string
}

/** Options whose change makes the server load the model again, besides `num_ctx`. */
const loadOptions = ['num_batch', 'num_gpu', 'main_gpu', 'use_mmap', 'num_thread', 'draft_num_predict']

type LoadRequest = {
  options?: Record<string, unknown>
  shift?: boolean
  keep_alive?: number | string
}

export type Runners = {
  readonly loads: number
  list(): Runner[]
  /** The runner that serves this request, loaded again when it has to be; undefined when the client left meanwhile. */
  load(
    model: ModelSpec,
    request: LoadRequest,
    signal: AbortSignal,
  ): Promise<{ runner: Runner; fresh: boolean } | undefined>
  /** The last request says how long a model stays. */
  touch(runner: Runner, keepAlive: number | string | undefined): void
  unload(model: ModelSpec): void
}

type RunnerSettings = { models: ModelSpec[]; defaultNumCtx: number; loading?: Hold }

/** What is loaded, and why it would be loaded again. */
export function createRunners({ models, defaultNumCtx, loading }: RunnerSettings): Runners {
  const loaded = new Map(models.flatMap((model) => preloaded(model, defaultNumCtx)))
  let loads = 0
  const start = (model: ModelSpec, request: LoadRequest, key: string): Loaded => {
    loads += 1
    const numCtx = windowOf(model, request.options?.num_ctx, defaultNumCtx)
    const runner = { model, numCtx, expiresAt: keepAliveUntil(request.keep_alive || undefined), cached: '' }
    const entry = { runner, key, isReady: loading === undefined }
    loaded.set(model.weights, entry)
    return entry
  }
  return {
    get loads() {
      return loads
    },
    list: () => [...loaded.values()].filter(isUsable).map(({ runner }) => runner),
    async load(model, request, signal) {
      const key = loadKey(model, request, defaultNumCtx)
      const present = loaded.get(model.weights)
      const reusable = present?.key === key && present.runner.expiresAt > Date.now()
      const entry = reusable ? present : start(model, request, key)
      if (loading && !entry.isReady) {
        if (!(await waitAt(loading, signal))) {
          // A client that leaves now has wasted the load: nothing stays in memory.
          if (loaded.get(model.weights) === entry && !entry.isReady) loaded.delete(model.weights)
          return undefined
        }
        entry.isReady = true
      }
      return { runner: entry.runner, fresh: !reusable }
    },
    touch(runner, keepAlive) {
      if (keepAlive !== undefined) runner.expiresAt = keepAliveUntil(keepAlive)
    },
    unload: (model) => void loaded.delete(model.weights),
  }
}

type Loaded = { runner: Runner; key: string; isReady: boolean }

function preloaded(model: ModelSpec, defaultNumCtx: number): [string, Loaded][] {
  if (model.loaded === undefined) return []
  const key = loadKey(model, { options: { num_ctx: model.loaded } }, defaultNumCtx)
  const runner = { model, numCtx: model.loaded, expiresAt: keepAliveUntil(-1), cached: '' }
  return [[model.weights, { runner, key, isReady: true }]]
}

function isUsable({ runner, isReady }: Loaded): boolean {
  return isReady && runner.expiresAt > Date.now()
}

/** Two requests with the same key share a runner; another key loads the model again. */
function loadKey(model: ModelSpec, { options, shift }: LoadRequest, defaultNumCtx: number): string {
  const numCtx = windowOf(model, options?.num_ctx, defaultNumCtx)
  return JSON.stringify([numCtx, shift ?? true, loadOptions.map((name) => options?.[name])])
}

/** Request, then Modelfile, then the server's default; never under 4, never over the trained length. */
function windowOf(model: ModelSpec, asked: unknown, fallback: number): number {
  const wanted = typeof asked === 'number' ? Math.trunc(asked) : (model.numCtx ?? fallback)
  return Math.min(Math.max(wanted, 4), model.contextLength)
}

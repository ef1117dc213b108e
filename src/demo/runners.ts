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

export type LoadRequest = {
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
  touch(runner: Runner, keepAlive: number | string | undefined): void
  unload(model: ModelSpec): void
}

/** What is loaded, and why it would be loaded again (reference ollama-wire, 4). */
export function createRunners({ defaultNumCtx, loading }: { defaultNumCtx: number; loading?: Hold }): Runners {
  const loaded = new Map<string, { runner: Runner; key: string }>()
  let loads = 0
  const touch = (runner: Runner, keepAlive: number | string | undefined) => {
    if (keepAlive !== undefined || runner.expiresAt === 0) runner.expiresAt = keepAliveUntil(keepAlive)
    if (runner.expiresAt <= Date.now()) loaded.delete(runner.model.name)
  }
  return {
    get loads() {
      return loads
    },
    list: () => [...loaded.values()].map(({ runner }) => runner).filter((runner) => runner.expiresAt > Date.now()),
    async load(model, request, signal) {
      const numCtx = windowOf(model, request.options?.num_ctx, defaultNumCtx)
      const key = JSON.stringify([numCtx, request.shift ?? true, loadOptions.map((name) => request.options?.[name])])
      const present = loaded.get(model.name)
      if (present?.key === key && present.runner.expiresAt > Date.now()) return { runner: present.runner, fresh: false }
      loaded.delete(model.name)
      loads += 1
      // A client that leaves now has wasted the load: nothing stays in memory.
      if (loading && !(await waitAt(loading, signal))) return undefined
      const runner = { model, numCtx, expiresAt: 0, cached: '' }
      touch(runner, request.keep_alive === 0 ? undefined : request.keep_alive)
      loaded.set(model.name, { runner, key })
      return { runner, fresh: true }
    },
    touch,
    unload: (model) => void loaded.delete(model.name),
  }
}

/** Request, then Modelfile, then the server's default; never under 4, never over the trained length. */
function windowOf(model: ModelSpec, asked: unknown, fallback: number): number {
  const wanted = typeof asked === 'number' ? Math.trunc(asked) : (model.numCtx ?? fallback)
  return Math.min(Math.max(wanted, 4), model.contextLength)
}

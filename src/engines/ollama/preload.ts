import type { Chosen } from './choose.ts'
import { findLoaded } from './window.ts'

/** A model that is being loaded. `cancel` when the work needs another window: the server stops loading. */
export type Preload = { numCtx: number; cancel: () => void }

/**
 * Loads the model while the work is gathered, with the window that was asked for or that its last run had: which one
 * this run needs, the work decides. Undefined when it is there already, or nothing is known. Carries nothing of the
 * person's, and never rejects: what is wrong with the model the first request says.
 */
export function preload(chosen: Chosen, signal: AbortSignal): Preload | undefined {
  const { options, reached, model, sentAs, remembered } = chosen
  const numCtx = options.numCtx ?? remembered.numCtx
  const isThere = findLoaded(reached.loaded, model.name, model.digest) !== undefined
  if (numCtx === undefined || isThere) return undefined
  const needless = new AbortController()
  const { keepAlive } = options
  const request = {
    model: sentAs,
    options: { ...options.options, num_ctx: numCtx },
    ...(keepAlive !== undefined && { keepAlive }),
  }
  const context = { signal: AbortSignal.any([signal, needless.signal]), emit: () => undefined }
  reached.server.load(request, context).catch(() => undefined)
  return { numCtx, cancel: () => needless.abort() }
}

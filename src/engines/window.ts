import type { ModelInfo } from './engine.ts'
import { fitsMemory } from './memory.ts'

/**
 * The sizes of a window. They are few, so that the next run is likely to find the model loaded with the size it needs.
 */
const buckets = [4096, 8192, 16_384, 32_768] as const

/** Room for a reply, and for tool results between request and reply. */
const replyTokens = 2048
const resultTokens = 4096

/** No task fits a smaller window. */
export const minWindow = 512

export type WindowWish = {
  /** `--num-ctx`. */
  asked?: number
  /** How the server has the model in memory now. */
  loaded?: NonNullable<ModelInfo['loaded']>
  /** Tokens that the model was trained for. The server never gives more. */
  trained?: number
  /** `PARAMETER num_ctx` of the Modelfile. */
  modelfile?: number
  /** Tokens of the largest request to come. */
  workTokens: number
  needsTools: boolean
  /** A window with which the model did not fit on the graphics card. */
  spilledAt?: number
  /** Bytes of the model, what it takes for each token where that is known, and bytes of the machine's memory. */
  size?: number
  perToken?: number
  memory?: number
}

/** `window` in tokens; `warning`: it is not the one that was asked for. */
export type WindowChoice = { window: number; reason: string; warning?: string }

/**
 * Chooses the window of a run. A larger window than the loaded one reloads the model, and one that does not fit in
 * memory makes everything slow, so the caller has to split work that does not fit.
 */
export function chooseWindow(wish: WindowWish): WindowChoice {
  const { asked, loaded, trained = Number.POSITIVE_INFINITY, modelfile } = wish
  if (asked !== undefined) {
    const window = Math.max(minWindow, Math.min(asked, trained))
    if (window === asked) return { window, reason: 'asked for' }
    const reason = window > asked ? `${minWindow} is the smallest` : `the model was trained for ${trained}`
    return { window, reason, warning: `The window is ${window} tokens instead of ${asked}: ${reason}` }
  }
  const wanted = wish.workTokens + replyTokens + (wish.needsTools ? resultTokens : 0)
  const max = Math.min(trained, maxBucket(wish))
  if (loaded !== undefined && loaded.window >= minWindow) {
    const reason = whyKeep(loaded, wanted, max)
    if (reason !== undefined) return { window: loaded.window, reason }
  }
  if (modelfile !== undefined && modelfile >= wanted && modelfile <= trained) {
    return { window: modelfile, reason: 'set in the Modelfile' }
  }
  const window = Math.min(buckets.find((bucket) => bucket >= wanted) ?? Number.POSITIVE_INFINITY, max)
  return {
    window,
    reason: window >= wanted ? 'large enough for the work' : 'the largest that is safe; the work is split',
  }
}

function whyKeep(loaded: NonNullable<ModelInfo['loaded']>, wanted: number, max: number): string | undefined {
  if (loaded.window >= wanted) return 'already loaded'
  if (loaded.spilled) return 'already loaded, and a larger one does not fit in memory'
  return loaded.window >= max ? 'already loaded, as large as is safe' : undefined
}

function maxBucket({ spilledAt, size = 0, perToken, memory }: WindowWish): number {
  const fits = (bucket: number) =>
    bucket < (spilledAt ?? Number.POSITIVE_INFINITY) && fitsMemory({ bytes: size, perToken }, memory, bucket)
  return buckets.filter(fits).at(-1) ?? buckets[0]
}

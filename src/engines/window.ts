import type { ModelInfo } from './engine.ts'

/** Sizes a window is chosen from: few, so that the next run finds the model loaded with the one it needs. */
const buckets = [4096, 8192, 16_384, 32_768] as const

/** Room for a reply, and for the results of tools between request and reply. */
const replyTokens = 2048
const resultTokens = 4096

/** Below this the server itself goes up to 4, and no task fits. */
const leastWindow = 512

/**
 * A window of `tokensPerSize` tokens takes about as many bytes as the model itself (8B in four bits: 5 GB, and 140 kB a
 * token). A guess, for before the first load; what did not fit is remembered.
 */
const tokensPerSize = 37_000
const memoryShare = 0.75

export type WindowWish = {
  /** `--num-ctx`. */
  asked?: number
  /** As the server holds the model now. */
  loaded?: NonNullable<ModelInfo['loaded']>
  /** Tokens the model was trained for; the server never gives more. */
  trained?: number
  /** `PARAMETER num_ctx` of the Modelfile. */
  modelfile?: number
  /** Tokens of the largest request that has to be made. */
  workTokens: number
  needsTools: boolean
  /** A window with which the model once did not fit on the graphics card. */
  spilledAt?: number
  /** Bytes of the model, and of the machine it runs on where that is known. */
  size?: number
  memory?: number
}

/** `window` in tokens. */
export type WindowChoice = { window: number; reason: string }

/**
 * The window of a run. Growing it would reload the model, and past the memory it makes everything slow: work that is
 * larger than the largest one chosen here is for the caller to split.
 */
export function chooseWindow(wish: WindowWish): WindowChoice {
  const { asked, loaded, trained = Number.POSITIVE_INFINITY, modelfile } = wish
  if (asked !== undefined) {
    const reason = asked > trained ? `the model was trained for ${trained}` : 'asked for'
    return { window: Math.max(leastWindow, Math.min(asked, trained)), reason }
  }
  const wanted = wish.workTokens + replyTokens + (wish.needsTools ? resultTokens : 0)
  const most = Math.min(trained, largestBucket(wish))
  if (loaded !== undefined && loaded.window >= leastWindow) {
    const reason = whyKeep(loaded, wanted, most)
    if (reason !== undefined) return { window: loaded.window, reason }
  }
  if (modelfile !== undefined && modelfile >= wanted && modelfile <= trained) {
    return { window: modelfile, reason: 'set in the Modelfile' }
  }
  const window = Math.min(buckets.find((bucket) => bucket >= wanted) ?? Number.POSITIVE_INFINITY, most)
  return {
    window,
    reason: window >= wanted ? 'large enough for the work' : 'the largest that is safe; the work is split',
  }
}

function whyKeep(loaded: NonNullable<ModelInfo['loaded']>, wanted: number, most: number): string | undefined {
  if (loaded.window >= wanted) return 'loaded already'
  if (loaded.spilled) return 'loaded already, and a larger one does not fit in memory'
  return loaded.window >= most ? 'loaded already, as large as is safe' : undefined
}

function largestBucket({ spilledAt, size = 0, memory }: WindowWish): number {
  const fits = (bucket: number) =>
    bucket < (spilledAt ?? Number.POSITIVE_INFINITY) &&
    size * (1 + bucket / tokensPerSize) <= (memory ?? Number.POSITIVE_INFINITY) * memoryShare
  return buckets.filter(fits).at(-1) ?? buckets[0]
}

/** What a server said about itself, which is asked for once. */
export type Asked<T> = {
  ask(signal: AbortSignal): Promise<T>
  /** Asks again, unless nothing was listed since it was asked, to tell what kind of server it is. */
  askAgain(signal: AbortSignal): Promise<T>
}

/** A failure is not kept: the next one who wants to know asks again. */
export function createAsked<T>(load: (signal: AbortSignal) => Promise<T>): Asked<T> {
  let asked: Promise<T> | undefined
  let isListed = false
  const ask = async (signal: AbortSignal): Promise<T> =>
    (asked ??= load(signal).catch((error: unknown) => {
      asked = undefined
      throw error
    }))
  return {
    ask,
    async askAgain(signal) {
      if (isListed) asked = undefined
      isListed = true
      return ask(signal)
    },
  }
}

/** A sequence that is read on while somebody works on what came of it. */
export type Ahead<T> = {
  /** All that has come so far, in order. */
  readonly taken: readonly T[]
  /** Whether that is all of it. */
  isWhole(): boolean
  /** The next one that has not been taken, with its place from 0; undefined at the end. Rejects as the sequence does. */
  next(): Promise<{ index: number; value: T } | undefined>
  /** Reads on until that many have come, or all of them. */
  have(count: number): Promise<void>
}

export function readAhead<T>(source: AsyncGenerator<T>): Ahead<T> {
  const taken: T[] = []
  const state: { isWhole: boolean; claimed: number; failure?: { error: unknown } } = { isWhole: false, claimed: 0 }
  const pull = async () => {
    try {
      const { done, value } = await source.next()
      if (!done) taken.push(value)
      // A generator that failed is done afterwards, and that is not the end of the sequence.
      else if (state.failure === undefined) state.isWhole = true
    } catch (error) {
      state.failure ??= { error }
    }
    // oxlint-disable-next-line typescript/only-throw-error -- it goes on as it came
    if (state.failure !== undefined) throw state.failure.error
  }
  const have = async (count: number) => {
    while (taken.length < count && !state.isWhole) await pull()
  }
  return {
    taken,
    isWhole: () => state.isWhole,
    have,
    async next() {
      const index = state.claimed++
      await have(index + 1)
      const value = taken[index]
      return value === undefined ? undefined : { index, value }
    },
  }
}

/** Four times the size may take ten times as long: linear work takes four times, and six with much garbage; quadratic sixteen. */
const factor = 4
/** Sizes are tried in steps small enough that code which explodes is caught while it still ends: six for the factor. */
const steps = 6
const maxRatio = 10
/** Shorter times say more about the machine than about the code. */
const floorMs = 30
/** A suspicious step is measured again, this often or for this long. */
const maxAttempts = 5
const patienceMs = 2000

type Make<T> = (size: number) => T

/** Makes texts of any size out of one piece, again and again, like somebody who wants to keep a reader busy. */
export const repeated =
  (piece: string): Make<string> =>
  (size) =>
    piece.repeat(Math.ceil(size / piece.length)).slice(0, size)

/**
 * Asserts that the time `run` takes grows in proportion to the size of its input. `make` makes an input of a size, in
 * characters, lines or whatever the input consists of. Sizes grow from 4 to `upTo`, the largest one that matters.
 * Rejects, with both sizes and times, when four times the size takes more than ten times as long, and twice that
 * size goes on like that.
 *
 * Time is the CPU time of this process, which a busy machine hardly lengthens, or the time that passes, which threads
 * that collect garbage hardly lengthen: the shorter one. A suspicious step is measured again, and the fastest of several
 * runs counts.
 */
export async function expectLinear<T>(
  make: Make<T>,
  run: (input: T) => unknown,
  { upTo }: { upTo: number },
): Promise<void> {
  const times: number[] = []
  const sizes = ladder(upTo)
  for (const [at, size] of sizes.entries()) {
    const time = await measure(run, make(size))
    times.push(time)
    const [fewer, before] = [sizes[at - steps], times[at - steps]]
    if (fewer === undefined || before === undefined || !isSuspicious(before, time)) continue
    const isCertain = isExplosive(before, time) && time > patienceMs / 2
    const [small, large] = isCertain ? [before, time] : await measureAgain(make, run, [fewer, size])
    if (isSuspicious(small, large)) throw superlinear(make, [fewer, size], [small, large])
  }
}

function ladder(upTo: number): number[] {
  const sizes = []
  for (let size = upTo; size >= factor; size /= factor ** (1 / steps)) sizes.unshift(Math.round(size))
  return sizes
}

const isSuspicious = (small: number, large: number) => large > floorMs && large > maxRatio * small
const isExplosive = (small: number, large: number) => large > maxRatio ** 2 * small

async function measure<T>(run: (input: T) => unknown, input: T): Promise<number> {
  const [before, began] = [process.cpuUsage(), performance.now()]
  await run(input)
  const passed = performance.now() - began
  const { user, system } = process.cpuUsage(before)
  return Math.min(passed, (user + system) / 1000)
}

/** The fastest of some runs, or of as many as there is time for. */
async function fastest<T>(run: (input: T) => unknown, make: () => T): Promise<number> {
  let [best, spent] = [Infinity, 0]
  for (let attempt = 0; attempt < maxAttempts && spent < patienceMs; attempt++) {
    const time = await measure(run, make())
    best = Math.min(best, time)
    spent += time
  }
  return best
}

/** The times for both sizes, or [0, 0] where it was a step: a limit that was passed, or a larger heap, does not go on. */
async function measureAgain<T>(
  make: Make<T>,
  run: (input: T) => unknown,
  [fewer, size]: [number, number],
): Promise<[number, number]> {
  const small = await fastest(run, () => make(fewer))
  const large = await fastest(run, () => make(size))
  if (!isSuspicious(small, large) || isExplosive(small, large)) return [small, large]
  const twice = await fastest(run, () => make(2 * size))
  return twice > Math.sqrt(maxRatio) * large ? [small, large] : [0, 0]
}

function superlinear<T>(make: Make<T>, sizes: [number, number], times: [number, number]): Error {
  const [few, many] = sizes.map((count) => count.toLocaleString('en'))
  const [fast, slow] = times.map((ms) => `${ms.toFixed(1)} ms`)
  const input = JSON.stringify(make(sizes[0])).slice(0, 60)
  return new Error(`superlinear: a size of ${few} takes ${fast}, ${many} takes ${slow}: ${input}`)
}

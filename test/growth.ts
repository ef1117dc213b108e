/** Four times the size may take eight times as long: linear work takes four times, quadratic work sixteen. */
const factor = 4
/** Sizes are tried in steps small enough that code which explodes is caught while it still ends: four for the factor. */
const steps = 4
const maxRatio = 8
/** Shorter times say more about the machine than about the code. */
const floorMs = 20
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
 * Rejects, with both sizes and times, when four times the size takes more than eight times as long.
 *
 * Time is the CPU time of this process, which a busy machine hardly lengthens. A suspicious step is measured again, and
 * the fastest of several runs counts: compiling and collecting garbage make a run slower, nothing makes it faster.
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
    await confirm(make, run, [fewer, size])
  }
}

function ladder(upTo: number): number[] {
  const sizes = []
  for (let size = upTo; size >= factor; size /= factor ** (1 / steps)) sizes.unshift(Math.round(size))
  return sizes
}

const isSuspicious = (small: number, large: number) => large > floorMs && large > maxRatio * small

async function measure<T>(run: (input: T) => unknown, input: T): Promise<number> {
  const before = process.cpuUsage()
  await run(input)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

async function confirm<T>(make: Make<T>, run: (input: T) => unknown, sizes: [number, number]): Promise<void> {
  let [small, large, spent] = [Infinity, Infinity, 0]
  for (let attempt = 0; attempt < maxAttempts && spent < patienceMs; attempt++) {
    small = Math.min(small, await measure(run, make(sizes[0])))
    const time = await measure(run, make(sizes[1]))
    large = Math.min(large, time)
    spent += time
  }
  if (!isSuspicious(small, large)) return
  const [few, many] = sizes.map((count) => count.toLocaleString('en'))
  const [fast, slow] = [small, large].map((ms) => `${ms.toFixed(1)} ms`)
  throw new Error(`superlinear: a size of ${few} takes ${fast}, ${many} takes ${slow}`)
}

import { readBlobs } from '../workspace/git/blobs.ts'
import type { Git } from '../workspace/git/git.ts'

/** The repository as it was before a change: a tree, or the index. Paths are relative to the top. */
export type Before = {
  /** Which of these are files there. */
  exist: (paths: readonly string[]) => Promise<Set<string>>
  /** The text of those that are there and not too large. */
  read: (paths: readonly string[]) => Promise<Map<string, string>>
}

type Blob = { id: string; size: number }

/** Looks up names such as `HEAD:src/a.ts`. Gives an entry for each, in their order: undefined for one that is not a file. */
type Find = (names: readonly string[]) => Promise<(Blob | undefined)[]>

/** Of a longer file nothing counts. */
const maxBytes = 256 * 1024
const checkBytes = 16 * 1024 * 1024

/** The repository as it was at any `tree`: one as `git rev-parse` takes it, or an empty text for the index. */
export function textsBefore(git: Git): (tree: string) => Before {
  const find = createFind(git)
  return (tree) => {
    const findBlobs = async (paths: readonly string[]) => {
      // A name with a line end would be read as two.
      const names = paths.filter((path) => !path.includes('\n'))
      // guard: attributes-before
      const found = await find(names.map((path) => `${tree === '' ? ':0' : tree}:${path}`))
      return names.flatMap((path, at) => (found[at] === undefined ? [] : [{ path, ...found[at] }]))
    }
    return {
      exist: async (paths) => new Set((await findBlobs(paths)).map(({ path }) => path)),
      async read(paths) {
        const blobs = (await findBlobs(paths)).filter(({ size }) => size <= maxBytes)
        const contents = await readBlobs(git, blobs)
        return new Map(blobs.map(({ path, id }) => [path, contents.get(id)?.toString('utf8') ?? '']))
      },
    }
  }
}

/** What is looked for at the same time is one question to git: to start it takes longer than to answer. */
function createFind(git: Git): Find {
  let wanted: string[] = []
  let answer: ReturnType<Find> | undefined
  const ask = async () => {
    await Promise.resolve()
    const names = wanted
    wanted = []
    answer = undefined
    const format = '%(objecttype) %(objectsize) %(objectname)'
    const input = names.map((name) => `${name}\n`).join('')
    const output = await git.run(['cat-file', `--batch-check=${format}`], { input, maxBytes: checkBytes })
    return output.split('\n').map((line) => {
      const [, size, id] = /^blob (\d+) ([0-9a-f]+)$/.exec(line) ?? []
      return id === undefined ? undefined : { id, size: Number(size) }
    })
  }
  return async (names) => {
    if (names.length === 0) return []
    const from = wanted.length
    wanted = [...wanted, ...names]
    answer ??= ask()
    return (await answer).slice(from, from + names.length)
  }
}

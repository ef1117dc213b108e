import type { Git } from '../workspace/git/git.ts'

/** The repository as it was before a change: a tree, or the index. Paths are relative to the top. */
export type Before = {
  /** Which of these are files there. */
  exist: (paths: readonly string[]) => Promise<Set<string>>
  /** The text of those that are there and not too large. */
  read: (paths: readonly string[]) => Promise<Map<string, string>>
}

type Blob = { path: string; id: string; size: number }

/** Of a longer file nothing counts. */
const maxBytes = 256 * 1024
const checkBytes = 16 * 1024 * 1024

/** `tree` as `git rev-parse` takes it, or an empty text for the index. */
export function beforeChange(git: Git, tree: string): Before {
  const find = async (paths: readonly string[]): Promise<Blob[]> => {
    // A name with a line end would be read as two.
    const names = paths.filter((path) => !path.includes('\n'))
    if (names.length === 0) return []
    // guard: attributes-before
    const input = names.map((path) => `${tree === '' ? ':0' : tree}:${path}\n`).join('')
    const format = '%(objecttype) %(objectsize) %(objectname)'
    const output = await git.run(['cat-file', `--batch-check=${format}`], { input, maxBytes: checkBytes })
    const lines = output.split('\n')
    return names.flatMap((path, index) => {
      const [, size, id] = /^blob (\d+) ([0-9a-f]+)$/.exec(lines[index] ?? '') ?? []
      return id === undefined ? [] : [{ path, id, size: Number(size) }]
    })
  }
  return {
    exist: async (paths) => new Set((await find(paths)).map(({ path }) => path)),
    async read(paths) {
      const blobs = (await find(paths)).filter(({ size }) => size <= maxBytes)
      const texts = new Map<string, string>()
      for (const { path, id } of blobs) texts.set(path, await git.run(['cat-file', 'blob', id], { maxBytes }))
      return texts
    },
  }
}

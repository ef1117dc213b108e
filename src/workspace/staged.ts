import { posix, relative, resolve } from 'node:path'
import { createBlobReader } from './git/blobs.ts'
import { isOddName, notAvailable, relativeTo } from './confine.ts'
import type { Git } from './git/git.ts'
import { isSecret } from './secrets.ts'
import { createTree } from './tree.ts'
import type { View } from './view.ts'

const listBytes = 32 * 1024 * 1024

/** The files as they would be committed. Links, submodules and files in conflict are not there. */
export function indexView(root: string, git: Git): View {
  const read = createBlobReader(git)
  let loaded: Promise<Map<string, string>> | undefined
  const files = () => (loaded ??= loadIndex(root, git))
  let tree: Promise<ReturnType<typeof createTree>> | undefined
  const folders = () => (tree ??= files().then((entries) => createTree(entries.keys())))
  return {
    refresh() {
      loaded = undefined
      tree = undefined
    },
    async find(path, { maxBytes }) {
      const name = relativeTo(root, resolve(root, path))
      const id = (await files()).get(name)
      if (isOddName(path) || isSecret(name, id === undefined ? 'directory' : 'file')) throw notAvailable(path)
      if (id !== undefined)
        return { path: name, real: name, kind: 'file', modified: null, ...(await read(id, maxBytes)) }
      if (!(await folders()).has(name)) throw notAvailable(path)
      return { path: name, real: name, kind: 'directory', size: 0, modified: null, bytes: Buffer.alloc(0) }
    },
    async startWalk() {
      const found = await folders()
      return { left: false, entries: async (folder) => found.get(folder) ?? [] }
    },
  }
}

/** Regular files below the root → blob id. `ls-files -s -z` writes `mode id stage TAB path NUL`. */
async function loadIndex(root: string, git: Git): Promise<Map<string, string>> {
  const prefix = relative(git.top, root)
  const output = await git.run(['ls-files', '-s', '-z', '--', prefix || '.'], { maxBytes: listBytes })
  const files = new Map<string, string>()
  for (const line of output.split('\0')) {
    const match = /^100(?:644|755) ([0-9a-f]+) 0\t(.+)$/s.exec(line)
    if (match?.[1] && match[2]) files.set(posix.relative(prefix, match[2]), match[1])
  }
  return files
}

import { type Dirent, readdirSync, realpathSync } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { isOddName, locate, notAvailable, openConfined, type Place, readHead } from './confine.ts'
import { entryAt } from './entry.ts'
import type { Git } from './git/git.ts'
import { type Ignored, ignoredByFiles, ignoredIn } from './ignored.ts'
import { isSecret } from './secrets.ts'
import { createTree } from './tree.ts'
import type { Entry, Found, View, Walk } from './view.ts'

const limits = { entries: 100_000, listBytes: 16 * 1024 * 1024, walkMs: 10_000 }

/** Other people's work, which a listing of a person's own would drown in. Inside a repository git's rules say so. */
export const installedFolders: readonly string[] = ['node_modules', '__pycache__', '.venv', '.hg', '.svn']

/** The files as they lie on disk. `rules`: what is ignored whatever the files here say. */
export function worktreeView(root: string, git: Git | null, rules?: Ignored): View {
  let byFiles = ignoredByFiles(root)
  let ignored = rules ?? ignoredIn(root, git)
  // What a walk listed has been asked about; asking again would start a process for every file.
  const listed = new Set<string>()
  return {
    async find(path, { maxBytes, named }) {
      const place = await locate(root, path)
      const names = [...new Set([place.real, place.asked])]
      const known = named || names.every((name) => listed.has(name))
      // guard: ignored-file
      if (!known && (await ignored(names)).size > 0) throw notAvailable(path)
      return find(root, path, { place, maxBytes })
    },
    refresh() {
      byFiles = ignoredByFiles(root)
      ignored = rules ?? ignoredIn(root, git)
      listed.clear()
    },
    startWalk: async (under) =>
      git
        ? walkTracked(root, git, { under, listed, rules })
        : walkDisk(root, rules === undefined ? byFiles : oneOf(rules)),
  }
}

async function find(
  root: string,
  path: string,
  { place, maxBytes }: { place: Place; maxBytes: number },
): Promise<Found> {
  const handle = await openConfined(root, path, place)
  try {
    const stat = await handle.stat()
    const kind = stat.isFile() ? 'file' : 'directory'
    const bytes = kind === 'file' ? await readHead(handle, maxBytes) : Buffer.alloc(0)
    return { path: place.asked, real: place.real, kind, size: stat.size, modified: stat.mtime, bytes }
  } finally {
    await handle.close()
  }
}

function oneOf(rules: Ignored): (path: string) => Promise<boolean> {
  return async (path) => (await rules([path])).size > 0
}

/** Tracked files and new ones that are not ignored, as git says; those that are on disk, and no links. */
async function walkTracked(
  root: string,
  git: Git,
  { under, listed, rules }: { under: string; listed: Set<string>; rules: Ignored | undefined },
): Promise<Walk> {
  const prefix = relative(git.top, root)
  const args = ['ls-files', '-c', '-o', '--exclude-standard', '-z', '--', join(prefix, under)]
  const output = await git.run(args, { maxBytes: limits.listBytes, clip: true })
  const names = output.split('\0')
  const rest = names.pop()
  const skip = prefix === '' ? 0 : prefix.length + 1
  const all = names.map((name) => name.slice(skip))
  const files = rules === undefined ? all : without(all, await rules(await untracked(git, join(prefix, under), skip)))
  for (const file of files) listed.add(file)
  const tree = createTree(files)
  // Where a file took the place of a folder, git lists both: the file, and what it still knows in the folder.
  const known = new Set(files)
  const asItIs = ({ name, kind }: Entry, folder: string, onDisk: ReadonlyMap<string, Dirent>): Entry[] => {
    // Where case does not count on disk, git may have another name for what is there.
    const found = onDisk.get(name) ?? entryAt(join(root, folder, name))
    if (kind === 'directory' && found?.isDirectory()) return [{ name, kind }]
    return found?.isFile() && known.has(folder === '.' ? name : `${folder}/${name}`) ? [{ name, kind: 'file' }] : []
  }
  return {
    left: rest !== '',
    async entries(folder) {
      const listed = tree.get(folder) ?? []
      if (listed.length === 0 || !isPlain(root, folder)) return []
      const onDisk = entriesOf(join(root, folder))
      return listed.flatMap((entry) => asItIs(entry, folder, onDisk))
    },
  }
}

/** A folder that holds many files is read once instead of looking at each of them. */
function entriesOf(folder: string): ReadonlyMap<string, Dirent> {
  try {
    return new Map(readdirSync(folder, { withFileTypes: true }).map((entry) => [entry.name, entry]))
  } catch {
    return new Map()
  }
}

/** Only these can be ignored. */
async function untracked(git: Git, under: string, skip: number): Promise<string[]> {
  const args = ['ls-files', '-o', '--exclude-standard', '-z', '--', under]
  const output = await git.run(args, { maxBytes: limits.listBytes, clip: true })
  return output
    .split('\0')
    .filter((name) => name !== '')
    .map((name) => name.slice(skip))
}

function without(paths: readonly string[], left: ReadonlySet<string>): string[] {
  return paths.filter((path) => !left.has(path))
}

/** A folder that was swapped for a link no longer is what was listed. */
function isPlain(root: string, folder: string): boolean {
  try {
    const path = join(root, folder)
    return realpathSync.native(path) === path
  } catch {
    return false
  }
}

function walkDisk(root: string, ignored: ReturnType<typeof ignoredByFiles>): Walk {
  const deadline = Date.now() + limits.walkMs
  let seen = 0
  const walk: Walk = {
    left: false,
    async entries(folder) {
      const entries: Entry[] = []
      // guard: walk-plain-folder
      if (!isPlain(root, folder)) return entries
      for await (const found of await opendir(join(root, folder))) {
        // guard: walk-limit
        if (++seen > limits.entries || Date.now() > deadline) {
          walk.left = true
          break
        }
        const path = folder === '.' ? found.name : `${folder}/${found.name}`
        const kind = found.isFile() ? 'file' : 'directory'
        // guard: walk-no-links
        if (kind === 'directory' && (!found.isDirectory() || installedFolders.includes(found.name))) continue
        if (isOddName(found.name) || isSecret(path, kind) || (await ignored(path, kind === 'directory'))) continue
        entries.push({ name: found.name, kind })
      }
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
    },
  }
  return walk
}

import type { Dirent } from 'node:fs'
import { basename, dirname, join, posix } from 'node:path'
import { callbackify } from 'node:util'
import { relativeTo } from './confine.ts'
import { parseGlob } from './glob.ts'
import type { Entry, Walk } from './view.ts'
import type { ListOptions } from './workspace.ts'

const maxDepth = 64

/**
 * Every name below a folder that a walk gives and a glob matches; folders end in `/`. fast-glob reads folders only
 * through the walk, so neither a link nor a pattern leads anywhere that a run may not see.
 */
export async function matchNames(root: string, walk: Walk, options: ListOptions): Promise<string[]> {
  const { under = '.', pattern = '**' } = options
  const isWanted = parseGlob(pattern, options.anyDepth)
  // Folders that the glob names need no search, and what lies beside them does not count against the limits.
  const [base = ''] = /^(?:[^*?[{\\/]+\/)*/.exec(pattern) ?? []
  const { default: glob } = await import('fast-glob')
  const read = async (path: string) => {
    const folder = relativeTo(root, path)
    const entries = await walk.entries(folder)
    // guard: walk-depth
    if (folder.split('/').length < maxDepth) return entries
    const files = entries.filter(({ kind }) => kind === 'file')
    walk.left ||= files.length < entries.length
    return files
  }
  const names = await glob('**', {
    cwd: join(root, under, base),
    fs: folderReader(read),
    followSymbolicLinks: false,
    dot: true,
    // One folder after the other: what a limit leaves out is the same on every run.
    concurrency: 1,
    onlyFiles: !options.folders,
    markDirectories: true,
  })
  const wanted = names.map((name) => posix.join(base, name)).filter((name) => isWanted(name.replace(/\/$/, '')))
  return wanted.map((name) => posix.join(under, name)).sort()
}

/** The functions of node:fs that fast-glob calls. */
function folderReader(read: (path: string) => Promise<Entry[]>) {
  const readdir = callbackify(async (path: string, _options: unknown) => (await read(path)).map(asDirent))
  const stat = callbackify(async (path: string) => {
    const entry = (await read(dirname(path))).find(({ name }) => name === basename(path))
    if (!entry) throw Object.assign(new Error(path), { code: 'ENOENT' })
    return asDirent(entry)
  })
  return { readdir, lstat: stat, stat } as never
}

function asDirent({ name, kind }: Entry): Dirent {
  const no = () => false
  const others = { isSymbolicLink: no, isFIFO: no, isSocket: no, isBlockDevice: no, isCharacterDevice: no }
  return { name, isFile: () => kind === 'file', isDirectory: () => kind === 'directory', ...others } as Dirent
}

import type { Dirent } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { callbackify } from 'node:util'
import { relativeTo } from './confine.ts'
import { checkPattern } from './pattern.ts'
import type { Entry, Walk } from './view.ts'
import type { ListOptions } from './workspace.ts'

const deepest = 64

/**
 * Matches a glob against the names that a walk gives, and against nothing else: fast-glob reads folders through it, so
 * neither a link nor a pattern leads anywhere that a run may not see. Folders end in `/`.
 */
export async function matchNames(root: string, walk: Walk, options: ListOptions): Promise<string[]> {
  const { default: glob } = await import('fast-glob')
  const under = options.under ?? '.'
  const read = async (path: string) => {
    const folder = relativeTo(root, path)
    const entries = await walk.entries(folder)
    if (folder.split('/').length < deepest) return entries
    const files = entries.filter(({ kind }) => kind === 'file')
    walk.left ||= files.length < entries.length
    return files
  }
  const names = await glob(checkPattern(options.pattern ?? '**'), {
    cwd: join(root, under),
    fs: folderReader(read),
    followSymbolicLinks: false,
    dot: true,
    // One folder after the other: what a limit leaves out is the same on every run.
    concurrency: 1,
    baseNameMatch: options.anyDepth ?? false,
    onlyFiles: !options.folders,
    markDirectories: true,
  })
  return names.map((name) => (under === '.' ? name : `${under}/${name}`)).sort()
}

/** The three functions of node:fs that fast-glob calls. */
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

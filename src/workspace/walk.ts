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
    const folder = plain(relativeTo(root, path))
    const entries = await walk.entries(folder)
    // guard: walk-depth
    const isDeep = folder.split('/').length >= maxDepth
    const files = isDeep ? entries.filter(({ kind }) => kind === 'file') : entries
    walk.left ||= files.length < entries.length
    return files.map((entry) => ({ ...entry, name: onOneLine(entry.name) }))
  }
  const names = await glob('**', {
    cwd: join(root, onOneLine(under), onOneLine(base)),
    fs: folderReader(read),
    followSymbolicLinks: false,
    dot: true,
    // One folder after the other: what a limit leaves out is the same on every run.
    concurrency: 1,
    onlyFiles: !options.folders,
    markDirectories: true,
  })
  const below = (folder: string, all: string[]) => {
    return /^\.?$/.test(folder) ? all : all.map((name) => posix.join(folder, name))
  }
  const wanted = below(base, names.map(plain)).filter((name) => isWanted(name.replace(/\/$/, '')))
  return below(under, wanted).sort()
}

/** What `**` of fast-glob does not match, each in a form that no name can have. */
const lineBreaks = ['\n', '\r', '\u2028', '\u2029']

function onOneLine(name: string): string {
  return name.replace(/[\n\r\u2028\u2029]/g, (character) => `\0${lineBreaks.indexOf(character)}`)
}

function plain(name: string): string {
  return name.replace(/\0(\d)/g, (_, index: string) => lineBreaks[Number(index)] ?? '')
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

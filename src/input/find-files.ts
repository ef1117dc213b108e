import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { LocalBrainError, isError } from '../errors.ts'
import type { FileInfo, ListOptions, Workspace } from '../workspace/workspace.ts'
import { notAFolder, refusal } from './refusal.ts'
import type { GatherContext, NotReviewed, Work } from './unit.ts'

/** Paths relative to the root: those that a person named one by one, and those that a folder or a glob led to. */
export type FoundFiles = { named: Set<string>; walked: string[]; skipped: NotReviewed[] }

const maxFiles = 20_000

/** What the names in the work stand for. Each has to stand for something: LocalBrainError('missing-file'). */
export async function findFiles(
  work: Work,
  workspace: Workspace,
  { cwd = workspace.root, onFound }: Pick<GatherContext, 'cwd' | 'onFound'>,
): Promise<FoundFiles> {
  const named = new Set<string>()
  const walked = new Set<string>()
  const skipped: NotReviewed[] = []
  const walk = async (options: ListOptions) => {
    void onFound?.()
    const { paths, truncated } = await workspace.list({ ...options, limit: maxFiles })
    for (const path of paths) walked.add(path)
    const reason = `a limit of the search was reached after ${paths.length} files`
    if (truncated) skipped.push({ path: options.under ?? '.', reason, gap: true })
    return paths.length
  }
  const walkAll = async (all: readonly ListOptions[], name: string) => {
    let count = 0
    for (const options of all) count += await walk(options)
    if (count === 0) throw nothingFound(name, all)
  }
  for (const name of new Set(work.files)) {
    const found = await look(workspace, cwd, name)
    if (found?.kind === 'file') named.add(found.path)
    else if (found) await walkAll([{ under: found.path }], name)
    else if (/[*?[{]/.test(name)) await walkAll([await globBelow(workspace, cwd, name)], name)
    else throw await refusal(workspace, cwd, name)
  }
  if (work.dir !== undefined || work.pattern !== undefined) {
    const dir = work.dir ?? '.'
    const found = await look(workspace, cwd, dir)
    if (found === undefined) throw await refusal(workspace, cwd, dir)
    if (found.kind === 'file') throw notAFolder(dir)
    const under = found.path
    const patterns = [work.pattern ?? []].flat()
    const all = patterns.map((pattern): ListOptions => ({ under, pattern, anyDepth: true }))
    await walkAll(patterns.length === 0 ? [{ under }] : all, join(dir, patterns.join(' or ')))
  }
  return { named, walked: [...walked].filter((path) => !named.has(path)), skipped }
}

type Place = Pick<FileInfo, 'path' | 'kind'>

/** The file with literally this name, or undefined. A file called `[id].tsx` is a file before it is a glob. */
async function look(workspace: Workspace, cwd: string, name: string): Promise<Place | undefined> {
  const absolute = resolve(cwd, name)
  if (kindOnDisk(absolute) === 'file') return lookAtNamed(workspace, absolute)
  try {
    return await workspace.info(workspace.relative(absolute))
  } catch (error) {
    if (isError(error, 'not-available')) return undefined
    throw error
  }
}

/** A file counts when a person names it, also one that git ignores: git need not be asked. */
async function lookAtNamed(workspace: Workspace, absolute: string): Promise<Place | undefined> {
  try {
    return {
      path: (await workspace.read(workspace.relative(absolute), { maxBytes: 1, named: true })).path,
      kind: 'file',
    }
  } catch (error) {
    if (isError(error, 'unreadable-file')) return { path: workspace.relative(absolute), kind: 'file' }
    if (isError(error, 'not-available')) return undefined
    throw error
  }
}

/** What a person who named it can see. No model is told. */
function kindOnDisk(path: string): 'file' | 'directory' | undefined {
  try {
    return statSync(path).isDirectory() ? 'directory' : 'file'
  } catch {
    return undefined
  }
}

/** Folders that exist as they stand come first: `[id]` may be one, and a glob may begin above the folder one is in. */
async function globBelow(workspace: Workspace, cwd: string, name: string): Promise<ListOptions> {
  const parts = name.split('/')
  let literal = parts.findIndex((part) => /[*?[{]/.test(part))
  while (literal < parts.length - 1 && kindOnDisk(resolve(cwd, ...literally(parts, literal + 1)))) literal += 1
  const folder = resolve(cwd, ...literally(parts, literal))
  const found = await look(workspace, cwd, folder)
  if (found?.kind === 'directory') return { under: found.path, pattern: parts.slice(literal).join('/') }
  throw await refusal(workspace, cwd, parts.slice(0, literal).join('/') || '/', name)
}

/** The first parts of a path, an empty first one means the root of an absolute path. */
function literally(parts: readonly string[], count: number): string[] {
  return parts.slice(0, count).map((part, at) => (at === 0 && part === '' ? '/' : part))
}

function nothingFound(name: string, looked: readonly ListOptions[]): LocalBrainError {
  const [{ under = '.', pattern } = {}] = looked
  const what = pattern === undefined ? `Folder "${name}" has no file to look at` : `No file matches "${name}"`
  const patterns = looked.map((one) => `"${one.pattern ?? '**'}"`).join(' and ')
  return new LocalBrainError('missing-file', what, {
    hint: `looked below "${under}" for ${patterns}, without ignored files; see them with: git status --ignored`,
  })
}

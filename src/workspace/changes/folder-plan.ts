import { lstat, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { exists } from './journal.ts'

/** One file as it is to be. Paths are relative to the top. */
export type FileWrite = {
  path: string
  /** What it must be at this moment, as a SHA-256; null: it must not be there. */
  before: string | null
  /** Null: it is deleted. */
  content: Buffer | null
  /** Whether it may be executed. */
  executable: boolean
}

/** What becomes of folders when files are written. Paths are relative to the top, outermost first. */
export type FolderPlan = {
  /** Folders that can be made before any file is touched. */
  made: string[]
  /** Those that can be made only once the file in their place is gone. */
  late: string[]
  /** Folders in whose place a file comes. */
  emptied: { path: string; mode: number }[]
  /** Of files below such a folder: the folder that can hold their old and new contents meanwhile. */
  ways: Map<string, string>
}

export async function planFolders(top: string, writes: readonly FileWrite[]): Promise<FolderPlan> {
  const plan: FolderPlan = { made: [], late: [], emptied: [], ways: new Map() }
  const coming = writes.filter(({ content }) => content !== null)
  for (const { path } of coming) if (await isFolder(join(top, path))) await addFolders(top, path, plan)
  const gone = new Set(writes.filter(({ content }) => content === null).map(({ path }) => path))
  const seen = new Set<string>()
  for (const { path } of coming) {
    for (const folder of foldersOf(path)) {
      if (seen.has(folder)) continue
      seen.add(folder)
      const isLate = gone.has(folder) || plan.late.includes(dirname(folder))
      if (isLate) plan.late.push(folder)
      else if (!(await exists(join(top, folder)))) plan.made.push(folder)
    }
  }
  const shaky = new Set([...plan.late, ...plan.emptied.map(({ path }) => path)])
  for (const { path } of writes) {
    const first = foldersOf(path).find((folder) => shaky.has(folder))
    if (first !== undefined) plan.ways.set(path, dirname(first))
  }
  return plan
}

/** Outermost first. */
export function foldersOf(path: string): string[] {
  const folders: string[] = []
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) folders.unshift(folder)
  return folders
}

async function addFolders(top: string, path: string, plan: FolderPlan): Promise<void> {
  const { mode } = await lstat(join(top, path))
  plan.emptied.push({ path, mode: mode & 0o7777 })
  for (const entry of await readdir(join(top, path), { withFileTypes: true }))
    if (entry.isDirectory()) await addFolders(top, `${path}/${entry.name}`, plan)
}

async function isFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() ?? false
}

import { chmod, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isError } from '../../errors.ts'
import { randomHex } from '../../text/hash.ts'
import { ignoredIn } from '../ignored.ts'
import { listAll, ownRepository, snapshotLimits, tooMuch } from './list.ts'
import { takeTree } from './snapshot.ts'
import type { ChangeStore, Snapshot } from './store.ts'
import { makeFolder } from '../../store/make-folder.ts'

/** A copy of a project to work in. Nothing in it is the project's own. */
export type Scratch = {
  /** Stands for the top of the project. */
  readonly top: string
  /** One of our own folders, removed with it. */
  readonly beside: string
  readonly start: Snapshot
  /** The tree as it is now. */
  snapshot(): Promise<Snapshot>
  remove(): Promise<void>
}

function scratchFolder({ options }: ChangeStore): string {
  return join(options.paths.cache, 'scratch')
}

/**
 * Makes a copy of the working tree as it is: tracked and untracked files from a snapshot. What is ignored is not in it;
 * the sandbox shows it to commands.
 */
export async function openScratch(store: ChangeStore): Promise<Scratch> {
  await sweepScratches(store)
  const start = await store.snapshot()
  const folder = join(scratchFolder(store), `${process.pid}-${randomHex(6)}`)
  const top = join(folder, 'files')
  const index = join(folder, 'index')
  makeFolder(top, 0o700)
  const { signal } = store.options
  const started = Date.now()
  const git = { cwd: top, env: { GIT_WORK_TREE: top, GIT_INDEX_FILE: index }, timeoutMs: snapshotLimits.ms, signal }
  try {
    await store.own.run(['read-tree', start.tree], git)
    await store.own.run(['checkout-index', '--all', '--force', '--index', '--quiet'], git)
    for (const path of start.readOnly) await chmod(join(top, path), 0o444)
    return {
      top,
      beside: join(folder, 'beside'),
      start,
      remove: async () => removeFolder(folder),
      snapshot: async () => snapshotOf(store, { top, index, start }),
    }
  } catch (error) {
    await removeFolder(folder)
    const isSlow = isError(error, 'git-failed') && Date.now() - started >= snapshotLimits.ms
    throw isSlow ? tooMuch('more than can be copied in 60 s') : error
  }
}

type Made = { top: string; index: string; start: Snapshot }

/**
 * The tree of the copy. What is new and ignored by the rules of the project is left out: by the rules as they are there,
 * since those of the copy may have been changed.
 */
async function snapshotOf(store: ChangeStore, { top, index, start }: Made): Promise<Snapshot> {
  const { signal } = store.options
  await openFolders(top)
  const foreign = new Set(start.left.filter(({ reason }) => reason === ownRepository).map(({ path }) => path))
  const listed = await listAll(top, { foreign }, { signal })
  const before = new Set(start.paths)
  const ignored = await ignoredIn(store.top, store.repository)(listed.paths.filter((path) => !before.has(path)))
  // guard: scratch-ignored
  const paths = listed.paths.filter((path) => !ignored.has(path))
  // A thing that can't be kept, such as a pipe or too large a file, is not a missing file.
  const kept = listed.left.map(({ path }) => path)
  const tree = await takeTree(store.own, paths, { index, top, kept, signal })
  return { ...listed, tree, paths }
}

/** Takes away the copies of runs that ended without doing so. */
export async function sweepScratches(store: ChangeStore): Promise<void> {
  const folder = scratchFolder(store)
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    const [owner] = name.split('-')
    // guard: scratch-in-use
    if (!isAlive(Number(owner))) await removeFolder(join(folder, name))
  }
}

/** A command may have taken away the right to look into a folder of the copy. */
async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true })
  } catch {
    await openFolders(folder)
    await rm(folder, { recursive: true, force: true }).catch(() => undefined)
  }
}

async function openFolders(folder: string): Promise<void> {
  await chmod(folder, 0o700).catch(() => undefined)
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) if (entry.isDirectory()) await openFolders(join(folder, entry.name))
}

/** A process that belongs to somebody else lives too. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

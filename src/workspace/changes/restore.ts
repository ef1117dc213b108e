import { realpath, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { randomHex } from '../../text/hash.ts'
import { snapshotLimits } from './list.ts'
import type { ChangeStore } from './store.ts'

type Restoring = {
  /** The folder that holds the files. */
  top: string
  /** What it holds now, and what it is to hold. */
  from: string
  to: string
  /** Only these. Default: all that differ. */
  paths?: readonly string[]
}

/** Gives files of a copy the content that they have in a tree. What the tree does not have is taken away. */
export async function restoreTree(store: ChangeStore, { top, from, to, paths }: Restoring): Promise<void> {
  if (from === to) return
  const listed = await store.own.run(['diff', '--name-only', '-z', '--no-renames', from, to, '--'])
  const changed = namesIn(listed).filter((path) => paths === undefined || paths.includes(path))
  if (changed.length === 0) return
  const index = join(store.folder, `restore.${randomHex(6)}`)
  const git = { cwd: top, env: { GIT_WORK_TREE: top, GIT_INDEX_FILE: index }, timeoutMs: snapshotLimits.ms }
  try {
    await store.own.run(['read-tree', to], git)
    const known = new Set(namesIn(await store.own.run(['ls-files', '-z'], git)))
    for (const path of changed) if (!known.has(path)) await remove(top, path)
    const kept = changed.filter((path) => known.has(path))
    const input = kept.map((path) => `${path}\0`).join('')
    await store.own.run(['checkout-index', '--force', '--quiet', '-z', '--stdin'], { ...git, input })
  } finally {
    await rm(index, { force: true })
  }
}

/** A command may have put a link in the place of a folder. */
async function remove(top: string, path: string): Promise<void> {
  const folder = dirname(join(top, path))
  // guard: restore-links
  if ((await realpath(folder).catch(() => undefined)) !== folder) return
  await rm(join(top, path), { force: true, recursive: true })
}

function namesIn(output: string): string[] {
  return output.split('\0').filter((name) => name !== '')
}

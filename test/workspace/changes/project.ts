import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { openScratch } from '../../../src/workspace/changes/scratch.ts'
import { propose } from '../../../src/workspace/changes/propose.ts'
import { type ChangeStore, openChangeStore } from '../../../src/workspace/changes/store.ts'
import { createFolder, environment } from '../../workspace.ts'

/** The store of a project, in a home of its own. */
export async function storeOf(top: string, home = createFolder()): Promise<ChangeStore> {
  return openChangeStore({ top, paths: { state: join(home, 'state'), cache: join(home, 'cache') }, environment })
}

/** What a run would propose that does this to its copy. */
export async function proposeIn(store: ChangeStore, change: (copy: string) => void) {
  const scratch = await openScratch(store)
  try {
    change(scratch.top)
    const end = await scratch.snapshot()
    return await propose(store, { start: scratch.start.tree, end: end.tree, title: 'a change' })
  } finally {
    await scratch.remove()
  }
}

/** Every byte, mode and link below a folder, `.git` with its index and hooks as well; objects that are only read are left out. */
export function everyByte(folder: string): Record<string, string> {
  const all: Record<string, string> = {}
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const found = lstatSync(join(folder, path))
    if (found.isDirectory()) all[path] = 'folder'
    else if (found.isSymbolicLink()) all[path] = `-> ${readlinkSync(join(folder, path))}`
    else if (found.isFile())
      all[path] = `${(found.mode & 0o777).toString(8)} ${readFileSync(join(folder, path)).toString('base64')}`
    else all[path] = 'neither'
  }
  return all
}

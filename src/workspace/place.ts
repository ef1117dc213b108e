import { link, rename, unlink } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { type Made, type OpenFolder, hasCode, openFolder, removeMade, statOf } from './open-folder.ts'

export type OpenPlace = {
  folder: OpenFolder
  name: string
  /** Takes away the folders that were made for this place. */
  undo: () => Promise<void>
}

/** Opens the folder of a path below the root. With `make`, makes it. */
export async function place(root: string, path: string, { make = false } = {}): Promise<OpenPlace> {
  const made: Made = []
  try {
    const folder = await openFolder(root, dirname(path), make ? made : undefined)
    return { folder, name: basename(path), undo: async () => removeMade(root, made) }
  } catch (error) {
    await removeMade(root, made)
    throw error
  }
}

/** Gives a file another path. Rejects with EEXIST when something is there. */
export async function linkIn(root: string, from: string, to: string): Promise<void> {
  const source = await place(root, from)
  try {
    const target = await place(root, to, { make: true })
    try {
      await moveBetween(source, target)
    } catch (error) {
      await target.undo()
      throw error
    } finally {
      await target.folder.close()
    }
  } finally {
    await source.folder.close()
  }
}

async function moveBetween(source: OpenPlace, target: OpenPlace): Promise<void> {
  const [old, now] = [source.folder.at(source.name), target.folder.at(target.name)]
  await target.folder.check()
  try {
    // Unlike a rename, a link replaces nothing.
    await link(old, now)
  } catch (error) {
    if (!hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) throw error
    if ((await statOf(now)) !== undefined) throw Object.assign(new Error(now), { code: 'EEXIST' })
    await rename(old, now)
    return
  }
  await unlink(old)
}

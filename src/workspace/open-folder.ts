import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, readlink, realpath, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { notAvailable } from './confine.ts'
import { contains } from './contains.ts'

/**
 * A folder of the workspace that stays the same one, whatever its name comes to mean: on Linux everything in it is
 * reached through its descriptor. Elsewhere it is asked for its real place before and after.
 */
export type OpenFolder = {
  /** The path to something in it. */
  at(name: string): string
  /** Rejects when the folder is no longer inside the root. */
  check(): Promise<void>
  close(): Promise<void>
}

const isLinux = process.platform === 'linux'
const folderFlags = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0)

/** Folders that had to be made, outermost first, relative to the root. */
export type Made = string[]

/**
 * Opens a folder below the root, one step after the other, none of them a link. `made`: make what is missing, and note
 * it there. Rejects with LocalBrainError('not-available') for anything that is not a folder by then.
 */
export async function openFolder(root: string, folder: string, made?: Made): Promise<OpenFolder> {
  let handle = await open(root, folderFlags)
  let place = root
  try {
    for (const [index, part] of (folder === '.' ? [] : folder.split('/')).entries()) {
      const step = stepInto(handle, place, part)
      const next = await openStep(
        step,
        made && {
          made,
          path: folder
            .split('/')
            .slice(0, index + 1)
            .join('/'),
        },
      )
      await handle.close()
      handle = next
      place = join(place, part)
    }
    const opened = folderAt(root, handle, place)
    await opened.check()
    return opened
  } catch (error) {
    await handle.close()
    throw isGone(error) ? notAvailable(folder, error) : error
  }
}

function stepInto(handle: FileHandle, place: string, part: string): string {
  return isLinux ? `/proc/self/fd/${handle.fd}/${part}` : join(place, part)
}

async function openStep(step: string, making: { made: Made; path: string } | undefined): Promise<FileHandle> {
  try {
    // guard: write-no-links
    return await open(step, folderFlags)
  } catch (error) {
    if (making === undefined || !hasCode(error, 'ENOENT')) throw error
    // Somebody else may have made it by now; then it is not ours to take away again.
    const isOurs = await mkdir(step).then(
      () => true,
      (problem: unknown) => {
        if (hasCode(problem, 'EEXIST')) return false
        throw problem
      },
    )
    if (isOurs) making.made.push(making.path)
    return open(step, folderFlags)
  }
}

function folderAt(root: string, handle: FileHandle, place: string): OpenFolder {
  return {
    at: (name) => stepInto(handle, place, name),
    async check() {
      const real = isLinux ? await readlink(`/proc/self/fd/${handle.fd}`) : await realpath(place)
      // guard: write-inside
      if (!contains(root, real) || (!isLinux && real !== place)) throw notAvailable(place)
    },
    close: () => handle.close(),
  }
}

/** Takes away folders that were made for nothing. One that holds something by now stays. */
export async function removeMade(root: string, made: Made): Promise<void> {
  for (const folder of made.toReversed()) {
    const parts = folder.split('/')
    const name = parts.pop() ?? ''
    try {
      const parent = await openFolder(root, parts.join('/') || '.')
      try {
        await rmdir(parent.at(name))
      } finally {
        await parent.close()
      }
    } catch {
      return
    }
  }
}

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

function isGone(error: unknown): boolean {
  return hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL')
}

/** Undefined when there is nothing of this name, not even a link that leads nowhere. */
export async function statOf(path: string) {
  return lstat(path).catch((error: unknown) => {
    if (isGone(error)) return undefined
    throw error
  })
}

import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { LocalBrainError } from '../errors.ts'
import { notAvailable, relativeTo } from './confine.ts'
import { contains } from './contains.ts'
import { isOddToWrite } from './never.ts'
import { hasCode, statOf } from './open-folder.ts'

/** A place that may be written, as far as its name goes. Both paths are relative to the root. */
export type Target = {
  /** As it was asked for. */
  asked: string
  /** Where it is once every link is followed. Its last folders need not exist. */
  real: string
  /** What is there: an ordinary file, a link, or nothing. */
  kind: 'file' | 'link' | 'none'
}

/**
 * Finds what a path leads to. With `follow` a link at its end leads to the file behind it; else it is the link itself.
 * Rejects with 'not-available' for everything outside, and for what is neither a file nor a link.
 */
export async function findTarget(root: string, path: string, { follow }: { follow: boolean }): Promise<Target> {
  // guard: odd-never-written
  if (isOddToWrite(path)) throw notAvailable(path)
  const wanted = resolve(root, path)
  // guard: written-inside
  if (!contains(root, wanted)) throw notAvailable(path)
  const asked = relativeTo(root, wanted)
  if (asked === '.' || path.endsWith('/')) throw isFolder(path)
  const folder = await realFolder(root, dirname(wanted), path)
  const absolute = join(folder, basename(wanted))
  const found = await statOf(absolute)
  const target = { asked, real: relativeTo(root, absolute) }
  if (found === undefined) return { ...target, kind: 'none' }
  if (found.isDirectory()) throw isFolder(path)
  if (found.isFile()) return { ...target, kind: 'file' }
  if (!found.isSymbolicLink()) throw notAvailable(path)
  return follow ? followLink(root, { path, absolute, asked }) : { ...target, kind: 'link' }
}

async function followLink(
  root: string,
  { path, absolute, asked }: { path: string; absolute: string; asked: string },
): Promise<Target> {
  const end = await realpath(absolute).catch(() => undefined)
  // guard: link-never-written
  if (end === undefined || !contains(root, end)) throw notAvailable(path)
  const found = await statOf(end)
  if (found?.isDirectory()) throw isFolder(path)
  if (!found?.isFile()) throw notAvailable(path)
  return { asked, real: relativeTo(root, end), kind: 'file' }
}

/** Where a folder really is; of one that does not exist, as far as it does. */
async function realFolder(root: string, folder: string, path: string): Promise<string> {
  try {
    const real = await realpath(folder)
    // guard: folder-written-inside
    if (!contains(root, real)) throw notAvailable(path)
    if (!(await statOf(real))?.isDirectory()) throw notAvailable(path)
    return real
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw hasCode(error, 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG') ? notAvailable(path) : error
    // A link that leads nowhere is not there for realpath, and is for whoever makes a folder.
    if ((await statOf(folder)) !== undefined) throw notAvailable(path)
    return join(await realFolder(root, dirname(folder), path), basename(folder))
  }
}

function isFolder(path: string): LocalBrainError {
  return new LocalBrainError('unreadable-file', `${path} is a folder; only files can be written`)
}

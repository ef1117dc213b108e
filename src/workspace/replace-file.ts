import { constants, type Stats } from 'node:fs'
import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises'
import { LocalBrainError } from '../errors.ts'
import { randomHex } from '../text/hash.ts'
import { notAvailable, readHead } from './confine.ts'
import { hasCode, type OpenFolder, statOf } from './open-folder.ts'

const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)
const oldFile = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** The bytes of a file in an open folder, and what it is. Undefined when nothing is there. */
export async function readIn(
  folder: OpenFolder,
  name: string,
  maxBytes: number,
): Promise<{ bytes: Buffer; stat: Stats } | undefined> {
  let handle: FileHandle | undefined
  try {
    handle = await open(folder.at(name), oldFile)
    const stat = await handle.stat()
    if (!stat.isFile()) throw notAvailable(name)
    return { bytes: await readHead(handle, maxBytes + 1), stat }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw hasCode(error, 'ELOOP', 'ENOTDIR', 'ENXIO') ? notAvailable(name, error) : error
  } finally {
    await handle?.close()
  }
}

/** `before`: what is expected to be there now; undefined for a new file. */
export type Replacement = { name: string; bytes: Buffer; before: Buffer | undefined }

/**
 * Puts a file in place of what is there, whole or not at all: a temporary file beside it, then one step. Other names of
 * the old file (hard links) keep its bytes. Rejects when something else is there than was expected.
 */
export async function replaceIn(folder: OpenFolder, { name, bytes, before }: Replacement): Promise<void> {
  const old = await readIn(folder, name, bytes.length + (before?.length ?? 0))
  if (before === undefined && (await statOf(folder.at(name))) !== undefined) throw changed(name)
  // guard: unchanged-since
  if (before !== undefined && !old?.bytes.equals(before)) throw changed(name)
  const temporary = folder.at(`.local-brain-${randomHex(8)}.tmp`)
  try {
    await writeNew(temporary, bytes, old?.stat)
    // guard: inside-at-the-end
    await folder.check()
    if (before === undefined) await placeNew(temporary, folder.at(name), name)
    else await rename(temporary, folder.at(name))
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw error
  }
}

async function writeNew(path: string, bytes: Buffer, like: Stats | undefined): Promise<void> {
  const handle = await open(path, newFile, 0o666)
  try {
    if (like !== undefined) await takeOver(handle, like)
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The mode of the old file, and its owner as far as we may give it away. Never setuid: the content is another one. */
async function takeOver(handle: FileHandle, { mode, uid, gid }: Stats): Promise<void> {
  const own = await handle.stat()
  if (own.uid !== uid || own.gid !== gid) await handle.chown(uid, gid).catch(() => undefined)
  // guard: mode-kept
  await handle.chmod(mode & 0o777)
}

/** Takes the name only if nothing has it: unlike a rename, a link replaces nothing. */
async function placeNew(temporary: string, path: string, name: string): Promise<void> {
  try {
    await link(temporary, path)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) throw changed(name)
    if (!hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) throw error
    // A file system without hard links.
    if ((await statOf(path)) !== undefined) throw changed(name)
    await rename(temporary, path)
    return
  }
  await unlink(temporary)
}

function changed(name: string): LocalBrainError {
  return new LocalBrainError('not-available', `${name} has changed in the meantime; read it again`)
}

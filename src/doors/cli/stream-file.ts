import { constants, lstatSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** True for what is written into and never replaced: a device, a pipe, and names for open streams such as /dev/fd/3. */
export function isStream(file: string): boolean {
  // A link there may lead to a file, which is somebody's output all the same.
  if (/^\/(dev|proc)\//.test(file)) return true
  const found = lstatSync(file, { throwIfNoEntry: false })
  return found !== undefined && !found.isFile() && !found.isDirectory() && !found.isSymbolicLink()
}

/** Which of the two standard streams a name means. A socket can't be opened by that name. */
export function standardStream(file: string): 'stdout' | 'stderr' | undefined {
  if (!/^\/(dev\/(stdout|stderr|fd\/[12])|proc\/self\/fd\/[12])$/.test(file)) return undefined
  return /(stdout|1)$/.test(file) ? 'stdout' : 'stderr'
}

/** Opens a file or stream to write at its end. Rejects when it is a pipe without a reader, which would be waited for. */
export async function openToAppend(file: string): Promise<FileHandle> {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK, O_NOCTTY } = constants
  const flags = O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY
  // guard: append-pipe
  const probe = await open(file, flags | O_NONBLOCK, 0o600).catch((error: NodeJS.ErrnoException) => {
    const isUnread = error.code === 'ENXIO' && lstatSync(file).isFIFO()
    throw isUnread ? new Error('nothing reads from it', { cause: error }) : error
  })
  try {
    // With the reader that was found, this does not wait; and what is written then waits for a slow one.
    return await open(file, flags, 0o600)
  } finally {
    await probe.close()
  }
}

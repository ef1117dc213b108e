import { constants } from 'node:fs'
import { type FileHandle, open, readlink, realpath, stat } from 'node:fs/promises'
import { relative, resolve, sep } from 'node:path'
import { LocalBrainError } from '../errors.ts'
import { contains } from './contains.ts'
import { isSecret } from './secrets.ts'

/** The one answer for what is not there and for what may not be read, so that the two cannot be told apart. */
export function notAvailable(path: string, cause?: unknown): LocalBrainError {
  return new LocalBrainError('not-available', `${path.slice(0, 200)} does not exist`, { cause })
}

// C0 except tabs and line breaks, DEL, C1 and the characters that reorder text: no name that a person chose has them.
const oddCharacters =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/
// Alternate data streams, short names and the trailing characters that Windows drops are other names for a file.
const oddOnWindows = /:|~\d|[ .](?:\/|$)/

export function isOddName(path: string): boolean {
  if (path.length > 4096 || oddCharacters.test(path)) return true
  if (sep === '\\' && oddOnWindows.test(path.replace(/^[a-z]:/i, ''))) return true
  // No character takes more than three bytes for each of its units.
  return path.length > 85 && path.split('/').some((part) => Buffer.byteLength(part) > 255)
}

/** Relative with `/`; the folder itself is `.`. */
export function relativeTo(root: string, absolute: string): string {
  return relative(root, absolute).replaceAll(sep, '/') || '.'
}

/** A place inside the root under both of its names: as asked for, and as it is once every link is followed. */
export type Place = { absolute: string; asked: string; real: string }

export async function locate(root: string, path: string): Promise<Place> {
  // guard: odd-name
  if (isOddName(path)) throw notAvailable(path)
  const wanted = resolve(root, path)
  const absolute = await realpath(wanted).catch((error: unknown) => {
    throw unavailable(path, error)
  })
  const real = relativeTo(root, absolute)
  const asked = contains(root, wanted) ? relativeTo(root, wanted) : real
  const kind = await kindOf(absolute)
  // guard: visible-place
  if (!contains(root, absolute) || isSecret(real, kind) || isSecret(asked, kind)) throw notAvailable(path)
  return { absolute, asked, real }
}

/** Something that is gone by now counts as a file, since fewer names of files are open. */
async function kindOf(path: string): Promise<'file' | 'directory'> {
  const found = await stat(path).catch(() => undefined)
  return found?.isDirectory() ? 'directory' : 'file'
}

// Opening never follows a last link, never waits for a FIFO's writer, never takes a terminal.
// guard: open-flags
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)

/** Opens what `locate` found; the caller closes it. Whatever was swapped in between is noticed on the descriptor. */
export async function openConfined(root: string, path: string, place: Place): Promise<FileHandle> {
  let handle: FileHandle | undefined
  try {
    handle = await open(place.absolute, flags)
    const opened = await handle.stat()
    // guard: file-or-folder
    if (!opened.isFile() && !opened.isDirectory()) throw notAvailable(path)
    // guard: opened-inside
    if (process.platform === 'linux' && !contains(root, await readlink(`/proc/self/fd/${handle.fd}`)))
      throw notAvailable(path)
    return handle
  } catch (error) {
    await handle?.close()
    throw unavailable(path, error)
  }
}

/** The first bytes, up to a maximum. The size that a file claims is not trusted. */
export async function readHead(handle: FileHandle, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  // guard: read-limit
  while (size < maxBytes) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(Math.min(65_536, maxBytes - size)))
    if (bytesRead === 0) break
    chunks.push(buffer.subarray(0, bytesRead))
    size += bytesRead
  }
  return Buffer.concat(chunks)
}

const absent = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM', 'ENXIO', 'ENODEV', 'ENAMETOOLONG', 'EINVAL'])

function unavailable(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return absent.has(code) ? notAvailable(path, error) : error
}
